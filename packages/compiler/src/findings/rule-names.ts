/** What each rule finds, in a few words. Each has a section in docs/guide/findings.md and a file of its own here. */
export const findingRules = {
	"async-executor": "an async function as the executor of a Promise",
	"busy-loop": "a loop without an await that nothing can end",
	"call-instead-of-function": "a call where a function is wanted",
	"floating-task": "a call whose task nobody can see",
	"ignore-comment": "a `holdfast-ignore` comment that is wrong or of no use",
	"not-disposable": "`using` of a value that cannot be disposed of",
	"race-for-timeout": "a race against a timer where a timeout is meant",
	"swallowed-cancellation": "a catch that stops a cancellation",
	"swallowed-error": "a handler that drops every error",
	"unprotected-cleanup": "a wait in a finally that a cancellation cuts short",
	"unreachable-cleanup": "cleanup that may never run",
	"unsafe-finally": "a finally that throws away an error or a cancellation",
	"unstarted-coroutine": "a coroutine that nothing starts",
	"yield-without-star": "`yield` where `yield*` is meant",
} as const;

/** The name of a rule, as comments and options use it. */
export type FindingRule = keyof typeof findingRules;

/** Whether a text is the name of a rule. */
export function isFindingRule(name: string): name is FindingRule {
	return Object.hasOwn(findingRules, name);
}

/** The stable code of a rule: `HOLDFAST_FINDING_FLOATING_TASK` for `floating-task`. */
export function findingCode(rule: FindingRule): string {
	return `HOLDFAST_FINDING_${rule.toUpperCase().replaceAll("-", "_")}`;
}

/** Where a rule is documented. */
export function findingPage(rule: FindingRule): string {
	return `docs/guide/findings.md#${rule}`;
}
