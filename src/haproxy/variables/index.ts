export { type Assignment, assign, setIf, type VariableCondition } from "./conditional.js";
export { ProcessVariables, type VariableChange } from "./process.js";
export { variableName, variablesOf } from "./scope.js";
export { ScopeVariables, VariableSpace } from "./variables.js";
