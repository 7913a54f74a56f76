// What tests need that not every host has; the others say so themselves, by using it (a process of their own, a module of
// Node). A test is skipped where it cannot be had, and counted and listed with the reason. An entry names titles, or what
// they begin with; without titles it is about the whole file. An entry that fits no test fails the run.
export const needs = [
	{
		file: "context-var.test.ts",
		tests: ["native async functions see the context of the task that called them"],
		needs: "contexts",
	},
	{
		file: "interval.test.ts",
		tests: ["for await in native code counts on the run's clock, and ends with the loop"],
		needs: "contexts",
	},
	{
		file: "lock.test.ts",
		tests: ["what with takes belongs to the task that runs it, so that its body may release it"],
		needs: "contexts",
	},
	{
		file: "native.test.ts",
		tests: [
			"awaits of coroutines in a native function run as tasks of its scope",
			"a call of a compiled function in a native one",
			"native functions get promises of compiled ones",
			"scopes work in native functions; the clock is the run's",
			"a native task that is cancelled stops at its next await of a coroutine, and its finally runs",
			"a cancelled native task whose function swallows the error is stopped again at the next await",
			"spawn in a native function uses its context and group",
			"the current scope and task are known after any native await",
			"Promise.all over coroutines runs them concurrently, and they end with the scope",
		],
		needs: "contexts",
	},
	{
		file: "open-group.test.ts",
		tests: [
			"a native function joins its group, opened before or after its first await",
			"the failure of a task cancels what a native function awaits, and is thrown by join, the same object",
			"a native function that is cancelled while it joins waits for its tasks",
			"groups of a native function that are left in the wrong order are refused, and can still be left in the right one",
			"a native function that disposes of its group without joining it cancels the tasks and waits for them",
		],
		needs: "contexts",
	},
	{
		file: "async-context.test.ts",
		tests: ["enterWith holds for the rest of the task, and only there"],
		needs: "enterWith",
	},
	{
		file: "async-context.test.ts",
		tests: ["so is one that was set before the only run, and is never used again"],
		needs: "storesTold",
	},
	{
		file: "instruments.test.ts",
		tests: ["steps are told in the async context of the task: what is entered before the first is the task's"],
		needs: "enterWith",
	},
	{
		file: "async-stores.test.ts",
		tests: ["the methods of a store, inside of tasks › enterWith"],
		needs: "enterWith",
	},
	{ file: "async-stores.test.ts", tests: ["the methods of a store, inside of tasks › exit"], needs: "exitOfStore" },
	{
		file: "opentelemetry.test.ts",
		tests: [
			"spans that others make, with the manager of the Node SDK › stand under the task or group",
			"spans that others make, with the manager of the Node SDK › in generators",
			"spans that others make, with the manager of the Node SDK › a value's receiver",
		],
		needs: "enterWith",
	},
	{ file: "run-sync.test.ts", needs: "blocking" },
	{ file: "loops/blocking.test.ts", needs: "blocking" },
	{
		file: "loops/host.test.ts",
		tests: [
			"a process that would exit while main is unfinished gets a DeadlockError with the tasks, after cleanup",
			"a promise that nothing will settle is a deadlock at exit too",
		],
		needs: "exit",
	},
	{
		file: "loops/guest.test.ts",
		tests: ["a standstill on a guest loop at the end of the process is told as on the host's"],
		needs: "exit",
	},
	{ file: "nested-run.test.ts", tests: ["so it is at the exit of the process"], needs: "exit" },
	{
		file: "observe.test.ts",
		tests: ["foreign rejections › that nobody handles still crash the process when ours is the only listener"],
		needs: "crash",
	},
	{
		file: "migrating.test.ts",
		tests: ["the old way warns once per call site, and says since when, where, and what to write"],
		needs: "positions",
	},
	{
		file: "migrating.test.ts",
		tests: ["code that is not compiled: await f.async(x) is the new way; await f(x) is the old one"],
		needs: "contexts",
	},
	{ file: "migrating.test.ts", tests: ["in a program of its own the place is the line of the call"], needs: "frames" },
	{ file: "migrating.test.ts", tests: ["in a program of its own the place is the line of the call"], needs: "process" },
	{ file: "resource.test.ts", tests: ["native code: the function that awaits it is its owner"], needs: "contexts" },
	{ file: "check-loop.test.ts", tests: ["the blocking loop keeps it"], needs: "blocking" },
	{ file: "check-loop.test.ts", tests: ["a guest loop with next to no budget keeps it"], needs: "timers" },
	{ file: "check-loop.test.ts", tests: ["a clock that goes back is named"], needs: "clock" },
	{
		file: "loops/several.test.ts",
		tests: [
			"context variables are those of each run",
			"while a synchronous run sleeps the others stand still, and go on with what is due then",
			"a synchronous run pumps a guest loop: both keep what is theirs",
		],
		needs: "blocking",
	},
	{ file: "expect-no-leaks.test.ts", tests: ["a listener of process is named"], needs: "process" },
	{
		file: "expect-no-leaks.test.ts",
		tests: [
			"a timer that was left running is named",
			"an open server is named, one that is closing is fine",
			"a handle and a listener are named with the place where they began",
		],
		needs: "handles",
	},
	{ file: "kernel/trace.test.ts", needs: "alone" },
	{ file: "call-place.test.ts", needs: "alone" },
	{ file: "kernel/printed.test.ts", needs: "inspect" },
	// Once a storage has been used, Node 20 and 22 put numbers on the promises of native functions.
	{
		file: "kernel/printed.test.ts",
		tests: [
			"the promise of a call is printed like that of a native async function, in every state, also if it holds itself",
		],
		needs: "alone",
	},
	{ file: "report-error.test.ts", tests: ["native code that has awaited still knows its run"], needs: "contexts" },
	{
		file: "run.test.ts",
		tests: ["a function that another tool has lowered to a generator is noticed"],
		needs: "alone",
	},
];
