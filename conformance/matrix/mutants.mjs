/** Deliberately broken runtimes: each replaces a piece of the library's source, and the matrix must notice. */
const mutant = (breaks, file, from, to = "") => ({ breaks, patches: [{ file, from, to }] });

export const mutants = {
	"unprotected-cleanup": mutant(
		"cleanup is cancelled like anything else",
		"kernel/task.ts",
		"return this.cleanup > 0 ? this.scope.hard : this.scope.soft;",
		"return this.scope.soft;",
	),
	"endless-grace": mutant("the grace never runs out", "kernel/scope.ts", "this.cut = true;\n\t\tthis.recalculate();"),
	"edge-triggered": mutant(
		"a cancellation is thrown once",
		"kernel/task.ts",
		"if (blame !== null) {\n\t\t\tthis.deliveries++;",
		"if (blame !== null && this.deliveries === 0) {\n\t\t\tthis.deliveries++;",
	),
	"resumed-caller": mutant(
		"a frame that returns although it was cancelled resumes its caller",
		"kernel/runner.ts",
		"if (blame !== null && parent?.scope !== blame) {",
		"if (blame === undefined) {",
	),
	"early-end": mutant(
		"a scope ends before its tasks",
		"scope-frame.ts",
		"if (scope.ownedCount > 0 || scope.undecided > 0) {",
		"if (scope.ownedCount < 0) {",
	),
	"inner-catches": mutant(
		"between nested cancelled scopes the innermost one catches",
		"scope-frame.ts",
		"if (scope.soft !== scope) throw outcome;",
	),
	"caught-cancellation": mutant(
		"a compiled catch clause sees a cancellation",
		"compiled/control.ts",
		"if (error instanceof Cancelled && isBinding()) throw error;",
	),
	"stopped-cancellation": mutant(
		"a return in a compiled finally block stops a cancellation",
		"compiled/control.ts",
		"return error instanceof Cancelled && isBinding() ? error : null;",
		"return null;",
	),
	"lost-failure": mutant(
		"what fails after the first failure is dropped",
		"kernel/scope.ts",
		"} else keep(this.failure.error, error, task ?? this.host);",
		"}",
	),
	"lost-time-limit": mutant(
		"an error of cleanup hides that of the time limit",
		"scope-frame.ts",
		"if (late !== undefined) keep(error, late, task);",
	),
	"last-reason": mutant(
		"a second cancellation replaces the first",
		"kernel/scope.ts",
		"if (this.reason !== null || this.closed) return;",
		"if (this.closed) return;",
	),
	"longer-grace": mutant(
		"a second cancellation may lengthen the grace",
		"kernel/scope.ts",
		"if (this.reason !== null && milliseconds >= this.grace) return;",
	),
	"leaky-shield": mutant(
		"a shield lets cancellations in",
		"kernel/scope.ts",
		"if (parent !== null && !this.shielded) {",
		"if (parent !== null) {",
	),
	"asked-twice": mutant(
		"a wait is told to abort more than once",
		"kernel/task.ts",
		"if (operation === null || this.asked) return;",
		"if (operation === null) return;",
	),
	"unclosed-generator": mutant(
		"leaving a for await loop does not close what it iterates",
		"compiled/iteration.ts",
		"return iteration.open;",
		"return false;",
	),
	"greedy-semaphore": mutant(
		"a semaphore gives permits in a cancelled scope",
		"semaphore.ts",
		"task.checkpoint();\n\t\tif (semaphore.tryAcquire())",
		"if (semaphore.tryAcquire())",
	),
	"ghost-in-line": mutant("a cancelled waiter stays in its line", "waiting-list.ts", "this.line?.remove(this);"),
	"first-in-first-out": mutant(
		"resources are disposed of in the order in which they were taken",
		"compiled/disposal.ts",
		"const { value, dispose, fallsBack } of this.resources.reverse()) {",
		"const { value, dispose, fallsBack } of this.resources) {",
	),
};
