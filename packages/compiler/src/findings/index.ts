export type { Mode } from "../directives.ts";
export { type Node, type RuntimeKeys, runtimeKeysOf } from "../syntax.ts";
export type { Found, Suggestion } from "./found.ts";
export { inspect } from "./inspector.ts";
export { type CallType, type Source, type SourceComment, spanOf } from "./place.ts";
export { type FindingRule, findingCode, findingPage, findingRules, isFindingRule } from "./rule-names.ts";
