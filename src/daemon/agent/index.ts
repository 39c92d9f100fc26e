export { Agent, type AgentOptions, type AgentStatus, type AgentWorld, agentSocket } from "./agent.js";
export { findUser, type User } from "./privileges.js";
