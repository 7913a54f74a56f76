import { valueCalls } from "../awaited.ts";
import { isFunction, type Node, unwrap } from "../syntax.ts";
import { functionValue } from "./bindings.ts";
import { type CallKind, calleeKind, callKind } from "./call-kind.ts";
import type { Found, Report, Suggestion } from "./found.ts";
import { scopeFunctions } from "./library.ts";
import { memberName, type Place } from "./place.ts";

type Call = Node & { type: "CallExpression" };

/**
 * A call whose task or promise nobody awaits, returns, keeps, hands on or gives up with `void`, and that no owner waits for
 * either. In structured functions `f();` has an owner, and is nothing to report.
 */
export function floatingTask(node: Node, place: Place, report: Report): void {
	if (node.type === "ExpressionStatement") {
		for (const call of droppedCalls(node.expression)) judge(call, place, place.path.length - 1, report);
	} else if (node.type === "ArrowFunctionExpression" && node.body.type !== "BlockStatement" && !node.async) {
		if (dropsResult(place)) for (const call of droppedCalls(node.body)) judge(call, place, place.path.length, report);
	} else if (node.type === "CallExpression") judgeHandedOn(node, place, report);
}

/** Calls whose value an expression has, unless it is thrown away on purpose. */
function droppedCalls(expression: Node): Call[] {
	return valueCalls(expression) as Call[];
}

/** Whether whoever is given this arrow function does nothing with what it returns. */
function dropsResult(place: Place): boolean {
	const { call, how } = place.passed(place.path.length - 1) ?? {};
	return how === "late" || (call !== undefined && memberName(unwrap(call.callee)) === "forEach");
}

/** `depth` is where the node stands, or would stand, that holds the call. */
function judge(call: Call, place: Place, depth: number, report: Report): void {
	const chain = readChain(call);
	if (chain.handler !== undefined && isAsyncHandler(chain.handler, place) && ownerAt(place, depth) === "function") {
		const message = `The function may end before the callback of .then() begins, so nobody owns the task that it makes. Write a function that awaits the one and then the other, or \`void\` before the chain if that is meant.`;
		report({ rule: "floating-task", node: call, message, suggestions: [voided(call, place)] });
		return;
	}
	if (chain.isHandled) return;
	const kind = callKind(chain.head, place);
	if (kind !== "task" && kind !== "promise") return;
	const owner = ownerAt(place, depth);
	if (owner === "function" || owner === "scope") {
		if (kind === "task") return;
		report(describeForeign(call, chain.head, place));
	} else if (owner === "nobody: late" && remembersOwner(unwrap(chain.head.callee), place)) return;
	else if (owner !== "caller") report(describe(call, chain.head, owner, kind, place, depth));
}

interface Chain {
	/** The call that begins the chain of `.then`, `.catch` and `.finally`. */
	readonly head: Call;
	/** A `.catch`, or a `.then` with two handlers, stands in it. */
	readonly isHandled: boolean;
	/** What the last `.then` is given. */
	readonly handler: Node | undefined;
}

function readChain(call: Call): Chain {
	let head = call;
	let isHandled = false;
	let handler: Node | undefined;
	for (;;) {
		const callee = unwrap(head.callee);
		const method = memberName(callee);
		if (callee.type !== "MemberExpression" || (method !== "then" && method !== "catch" && method !== "finally")) break;
		const inner = unwrap(callee.object);
		if (method === "catch" || (method === "then" && head.arguments.length > 1)) isHandled = true;
		if (method === "then") handler ??= head.arguments[0] as Node | undefined;
		if (inner.type !== "CallExpression") break;
		head = inner;
	}
	return { head, isHandled, handler };
}

/** A named async function that does not bring an owner along. */
function isAsyncHandler(handler: Node, place: Place): boolean {
	const value = unwrap(handler);
	if (value.type !== "Identifier" && value.type !== "MemberExpression") return false;
	return calleeKind(value, place) === "task" && !remembersOwner(value, place);
}

/** An async function expression belongs to the activation in which it was made, whoever calls it later. */
function remembersOwner(callee: Node, place: Place): boolean {
	const binding = callee.type === "Identifier" ? place.resolve(callee.name) : undefined;
	if (binding?.kind !== "constant" || functionValue(binding.init)?.async !== true) return false;
	return !ownerAt(place, binding.depth + 1).startsWith("nobody");
}

/**
 * Who owns what a call at this place starts: the structured function around it, a scope that can be seen, whoever calls the
 * synchronous function around it; or nobody, because it stands outside of every function, is called when nothing is on the
 * stack, or the function around it lets its tasks outlive it.
 */
type Owner = "function" | "scope" | "caller" | "nobody: outside" | "nobody: late" | "nobody: outlives";

function ownerAt(place: Place, depth: number): Owner {
	let isStructured = true;
	for (let index = place.functionAround(depth); ; index = place.functionAround(index)) {
		const node = place.path[index] as Node;
		if (node.type === "Program") return "nobody: outside";
		const mode = place.mode(index);
		if (isFunction(node)) {
			const runner = place.runner(index);
			if (runner !== undefined && (scopeFunctions.has(runner) || runner.startsWith("spawn") || runner === "start"))
				return "scope";
			if (opensGroup(node, place)) return "scope";
			if (node.async || node.generator) {
				if (node.async && mode === "function") return "function";
				isStructured = false;
			} else if (mode !== "function") isStructured = false;
			const passed = place.passed(index);
			if (passed?.how === "late") return node.async ? outlives(isStructured) : "nobody: late";
			// An arrow function or function expression is mostly called by the function in which it stands.
			if (passed !== undefined && !node.async && !node.generator) continue;
		}
		return outlives(isStructured);
	}
}

function outlives(isStructured: boolean): Owner {
	return isStructured ? "caller" : "nobody: outlives";
}

function opensGroup(node: Node, place: Place): boolean {
	const { body } = node as { body: Node | null };
	if (body?.type !== "BlockStatement") return false;
	return body.body.some(
		(statement) =>
			statement.type === "VariableDeclaration" &&
			statement.kind === "await using" &&
			statement.declarations.some(({ init }) => {
				const call = init === null ? undefined : unwrap(init);
				return call?.type === "CallExpression" && place.holdfastName(call.callee) === "openTaskGroup";
			}),
	);
}

function describe(call: Call, head: Call, owner: Owner, kind: CallKind, place: Place, depth: number): Found {
	const name = place.text(unwrap(head.callee));
	const what =
		kind === "promise" || name.startsWith("Promise.") ? "Nobody waits for the promise of" : "Nobody owns the task of";
	const suggestions = [voided(call, place)];
	const around = place.path[place.functionAround(depth)] as Node;
	const canWait = isFunction(around) && (around.async || around.generator);
	let mend: string;
	if (owner === "nobody: outside") {
		const task = isFunction(unwrap(head.callee)) ? "an async function" : name;
		mend = `it is called outside of every function. Write \`await run(${task === name ? name : "async () => …"})\`, or \`run(…)\` where there is no top-level await`;
	} else if (owner === "nobody: late")
		mend = "the callback is called when no function is running. Give it to a task group: `group.spawn(…)`";
	else if (!canWait)
		mend =
			"the function around it cannot wait. Make that `async` and write `await` before the call, or `group.spawn(…)`";
	else if (around.generator) mend = "a generator owns nothing. Write `yield*` before it, or `group.spawn(…)`";
	else
		mend =
			'the function around it does not wait for it. Write `await` before it, `group.spawn(…)`, or "use structured" at the head of the function';
	if (canWait && owner === "nobody: outlives") suggestions.unshift(awaited(call, around, place));
	const message = `${what} ${isFunction(unwrap(head.callee)) ? "this function" : `${name}()`}: ${mend}; \`void\` if that is meant.`;
	return { rule: "floating-task", node: call, message, suggestions };
}

function describeForeign(call: Call, head: Call, place: Place): Found {
	const name = place.text(unwrap(head.callee));
	const message = `Nobody waits for the promise of ${name}(): it comes from foreign code, so the function does not own what goes on behind it. Write \`await\` before it; \`void\` if that is meant.`;
	return { rule: "floating-task", node: call, message, suggestions: [voided(call, place)] };
}

/** A named async function that is handed to something that calls it when nothing is on the stack: `setTimeout(save, 10)`. */
function judgeHandedOn(call: Call, place: Place, report: Report): void {
	if (place.calls(call) !== "late") return;
	for (const argument of call.arguments) {
		const value = unwrap(argument as Node);
		if (value.type !== "Identifier" || calleeKind(value, place) !== "task" || remembersOwner(value, place)) continue;
		const method = memberName(unwrap(call.callee));
		if (method !== undefined && method !== "nextTick") continue;
		const caller = place.text(unwrap(call.callee));
		const message = `Nobody owns the task of ${value.name}(): ${caller}() calls it when no function is running. Write a function that waits with \`await sleep(…)\` and then calls it.`;
		report({ rule: "floating-task", node: value, message });
	}
}

function voided(call: Call, place: Place): Suggestion {
	const start = place.start(call);
	return { message: "Say with `void` that nobody is to wait.", edits: [{ start, end: start, text: "void " }] };
}

function awaited(call: Call, around: Node, place: Place): Suggestion {
	const start = place.start(call);
	const text = (around as { generator?: boolean; async?: boolean }).async === true ? "await " : "yield* ";
	return { message: `Write \`${text.trim()}\` before it.`, edits: [{ start, end: start, text }] };
}
