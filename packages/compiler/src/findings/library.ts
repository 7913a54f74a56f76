// What the rules know of Holdfast's exports. A test compares it with the declarations of the package.
import type { Node } from "../syntax.ts";

/** Functions whose call is a coroutine: it does nothing until it is awaited, `yield*`ed or spawned. */
export const coroutineFunctions: ReadonlySet<string> = /* @__PURE__ */ new Set([
	"all",
	"allSettled",
	"any",
	"call",
	"checkpoint",
	"cleanup",
	"fetch",
	"forEach",
	"fromCallback",
	"fromEvent",
	"map",
	"matchErrors",
	"moveOnAfter",
	"moveOnAt",
	"pipe",
	"race",
	"resource",
	"retry",
	"select",
	"serviceGroup",
	"shield",
	"sleep",
	"sleepForever",
	"sleepUntil",
	"supervise",
	"suspend",
	"until",
	"waitForInterrupt",
	"withCancelScope",
	"withDeadline",
	"withSignal",
	"withTaskGroup",
	"withTimeout",
]);

/** Methods whose call is a coroutine, by the class that `new` makes, or the function that gives the object. */
export const coroutineMethods: Readonly<Record<string, readonly string[]>> = {
	Barrier: ["wait"],
	CapacityLimiter: ["acquire", "with"],
	Condition: ["wait", "waitFor"],
	ContextVar: ["with"],
	Event: ["wait"],
	Latch: ["wait"],
	Lock: ["acquire", "with"],
	PriorityQueue: ["put", "get", "join"],
	Queue: ["put", "get", "join"],
	Semaphore: ["acquire", "with"],
	TaskGroup: ["start", "join"],
	receiver: ["receive"],
	resource: ["with", "hold"],
	sender: ["send"],
};

/** Functions that call a function they are given: at which index it stands, or -1 for the last argument. */
export const bodyIndex: ReadonlyMap<string, number> = /* @__PURE__ */ new Map([
	["call", 0],
	["cleanup", 0],
	["coroutine", 0],
	["forEach", 1],
	["map", 1],
	["memoize", 0],
	["moveOnAfter", 1],
	["moveOnAt", 1],
	["onExit", 0],
	["resource", 0],
	["retry", 0],
	["run", 0],
	["runSync", 0],
	["serviceGroup", 0],
	["shield", 0],
	["sync", 0],
	["throttle", 0],
	["virtualRun", 0],
	["withCancelScope", -1],
	["withDeadline", 1],
	["withSignal", 1],
	["withTaskGroup", 0],
	["withTimeout", 1],
]);

/** Those whose function runs in a scope of its own, which owns the tasks that are started there. */
export const scopeFunctions: ReadonlySet<string> = /* @__PURE__ */ new Set([
	"cleanup",
	"moveOnAfter",
	"moveOnAt",
	"pipe",
	"run",
	"runSync",
	"serviceGroup",
	"shield",
	"virtualRun",
	"withCancelScope",
	"withDeadline",
	"withSignal",
	"withTaskGroup",
	"withTimeout",
]);

/** Methods of the global `Promise` that wait for several. */
export const combinators: ReadonlySet<string> = /* @__PURE__ */ new Set(["all", "allSettled", "any", "race"]);

/** Whether a module is Holdfast's. */
export function isHoldfast(source: string | undefined): boolean {
	return source !== undefined && /^(?:holdfast|@holdfast\/[\w-]+)(?:\/|$)/.test(source);
}

/** Modules of Node whose functions give promises. */
export function givesPromises(source: string | undefined): boolean {
	return source !== undefined && /^(?:node:)?(?:fs|timers|dns|stream|readline)\/promises$/.test(source);
}

/** The argument of a call of `name` that is the function to be called. */
export function bodyArgument(name: string, call: Node & { type: "CallExpression" }): Node | undefined {
	const index = bodyIndex.get(name);
	const argument = index === undefined ? undefined : call.arguments.at(index);
	return argument?.type === "SpreadElement" ? undefined : (argument as Node | undefined);
}
