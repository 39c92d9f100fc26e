export { checks } from "./checks/index.js";
export { examine } from "./examine.js";
export { factsFormat, type HostFacts, type Role, type Unseen } from "./facts.js";
export { wrongPart } from "./facts-shape.js";
export type { Finding, Mend } from "./finding.js";
export { fix, type Mended, type Patient, type Ran } from "./fix.js";
export { gatherFacts, type Questions } from "./gather/index.js";
export { answerRequests, Reader, readAll } from "./reader.js";
