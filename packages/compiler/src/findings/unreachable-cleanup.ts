import { isFunction, type Node, unwrap } from "../syntax.ts";
import { functionValue } from "./bindings.ts";
import type { Report } from "./found.ts";
import { memberName, type Place, spanOf } from "./place.ts";

const releasing =
	/^(?:close|closeSync|destroy|disconnect|dispose|end|free|kill|quit|release|releaseLock|rm|rmSync|rmdir|rollback|shutdown|stop|terminate|unlink|unlinkSync|unlock|unsubscribe|clearTimeout|clearInterval|clearImmediate)(?:All|Async|Connection)?$/;

/** Cleanup that stands where it may never be reached. */
export function unreachableCleanup(node: Node, place: Place, report: Report): void {
	switch (node.type) {
		case "TryStatement":
			if (node.finalizer !== null) judgeAcquired(node, node.finalizer, "`finally`", place, report);
			break;
		case "ExpressionStatement":
			judgeStatement(node, place, report);
			break;
		case "ReturnStatement":
		case "ThrowStatement":
			judgeAfterEnd(node, place, report);
			break;
		case "CallExpression":
			judgeExit(node, place, report);
	}
}

function judgeStatement(node: Node & { type: "ExpressionStatement" }, place: Place, report: Report): void {
	const expression = unwrap(node.expression);
	if (expression.type === "AwaitExpression" || (expression.type === "YieldExpression" && expression.delegate)) {
		judgeAfterSleep(node, expression, place, report);
		return;
	}
	const callback = registered(expression, place);
	const body = callback === undefined ? undefined : functionValue(callback)?.body;
	if (body != null) judgeAcquired(node, body, "callback", place, report);
}

/** The cleanup that a call leaves for later: `onExit(f)`, `stack.defer(f)`. */
function registered(expression: Node, place: Place): Node | undefined {
	if (expression.type !== "CallExpression") return undefined;
	const [callback] = expression.arguments as readonly Node[];
	if (place.holdfastName(expression.callee) === "onExit") return callback;
	const callee = unwrap(expression.callee);
	if (callee.type !== "MemberExpression" || memberName(callee) !== "defer" || callee.object.type !== "Identifier")
		return undefined;
	const { init } = place.resolve(callee.object.name) ?? {};
	const made = init === undefined ? undefined : unwrap(init);
	const isStack =
		made?.type === "NewExpression" &&
		made.callee.type === "Identifier" &&
		/^(?:Async)?DisposableStack$/.test(made.callee.name);
	return isStack ? callback : undefined;
}

/**
 * `const c = await connect(); await login(c); try { … } finally { c.close(); }`: nothing closes it if the await between fails
 * or is cancelled.
 */
function judgeAcquired(node: Node, cleanup: Node, what: string, place: Place, report: Report): void {
	const list = statementsOf(place.above(1));
	const index = list.indexOf(node);
	if (index < 1) return;
	const names = releasedNames(cleanup, place);
	if (names.size === 0) return;
	let wait: Node | undefined;
	for (let at = index - 1; at >= 0; at--) {
		const statement = list[at] as Node;
		if (wait !== undefined) {
			const name = acquiredName(statement, names, place);
			if (name !== undefined && !isMentionedInHandlers(list.slice(at + 1, index), name, place)) {
				report({
					rule: "unreachable-cleanup",
					node: wait,
					message: `If this wait fails or is cancelled, nobody releases \`${name}\`: the ${what} that does is not in force yet. Begin with it right after \`${name}\` has its value.`,
				});
				return;
			}
		}
		// A value's own release stands where it should; the wait for one value may fail while another is held already.
		if (!isRelease(statement, names, place)) wait = place.findWait(statement) ?? wait;
	}
}

function statementsOf(parent: Node | undefined): readonly Node[] {
	switch (parent?.type) {
		case "BlockStatement":
		case "Program":
		case "StaticBlock":
			return parent.body as readonly Node[];
		case "SwitchCase":
			return parent.consequent;
	}
	return [];
}

/** How cleanup releases a value: by a method of it or by calling it, by a timer's function, or by handing it to a function. */
type Release = "own" | "timer" | "argument";

function releasedNames(cleanup: Node, place: Place): Map<string, Release> {
	const names = new Map<string, Release>();
	place.find(cleanup, (node) => {
		if (node.type !== "CallExpression") return false;
		const callee = unwrap(node.callee);
		const method = callee.type === "Identifier" ? callee.name : memberName(callee);
		if (callee.type === "Identifier" && node.arguments.length === 0) names.set(callee.name, "own");
		if (method === undefined ? !isDisposal(callee) : !releasing.test(method)) return false;
		if (callee.type === "MemberExpression" && callee.object.type === "Identifier") names.set(callee.object.name, "own");
		const [argument] = node.arguments;
		if (argument?.type === "Identifier")
			names.set(argument.name, method?.startsWith("clear") === true ? "timer" : "argument");
		return false;
	});
	return names;
}

/** `x[Symbol.dispose]` and `x[Symbol.asyncDispose]`. */
function isDisposal(callee: Node): boolean {
	return (
		callee.type === "MemberExpression" &&
		callee.computed &&
		/^(?:asyncD|d)ispose$/.test(memberName(callee.property as Node) ?? "")
	);
}

/** The name of the list that a statement gives a value that had to be acquired. */
function acquiredName(statement: Node, names: ReadonlyMap<string, Release>, place: Place): string | undefined {
	if (statement.type !== "VariableDeclaration" || statement.kind === "using" || statement.kind === "await using")
		return undefined;
	for (const { id, init } of statement.declarations) {
		const value = init === null ? undefined : unwrap(init);
		const isAwaited = value?.type === "AwaitExpression" || value?.type === "YieldExpression";
		const made = isAwaited ? value.argument : value;
		if (made === null || made === undefined) continue;
		const isCall = made.type === "CallExpression" || made.type === "NewExpression" || made.type === "ChainExpression";
		if (!isCall) continue;
		const name = namesIn(id as Node).find((each) => names.has(each));
		// `unlink(path)` releases what was made under a path; the path itself is only a text.
		const isMade = isAwaited || names.get(name ?? "") !== "argument" || /te?mp/i.test(place.text(made, 80));
		if (name !== undefined && isMade) return name;
	}
	return undefined;
}

/** The names that a declaration gives: one, or those of an object pattern. */
function namesIn(target: Node): string[] {
	if (target.type === "Identifier") return [target.name];
	if (target.type !== "ObjectPattern") return [];
	return target.properties.flatMap((property) =>
		property.type === "Property" && property.value.type === "Identifier" ? [property.value.name] : [],
	);
}

function isRelease(statement: Node, names: ReadonlyMap<string, Release>, place: Place): boolean {
	for (const name of releasedNames(statement, place).keys()) if (names.has(name)) return true;
	return false;
}

/** Whether a statement between takes care of the value itself: it names it in a `catch` or `finally`, or in `onExit`. */
function isMentionedInHandlers(statements: readonly Node[], name: string, place: Place): boolean {
	return statements.some((statement) => {
		if (statement.type === "TryStatement")
			return [statement.handler, statement.finalizer].some(
				(part) => part !== null && mentions(part as Node, name, place),
			);
		return (
			statement.type === "ExpressionStatement" &&
			registered(unwrap(statement.expression), place) !== undefined &&
			mentions(statement, name, place, true)
		);
	});
}

function mentions(node: Node, name: string, place: Place, inFunctions = false): boolean {
	if (node.type === "Identifier") return node.name === name;
	let found = false;
	place.eachChild(node, (child) => {
		if (!found && (inFunctions || !isFunction(child))) found = mentions(child, name, place, inFunctions);
	});
	return found;
}

/** What stands behind `await sleepForever()` never runs. */
function judgeAfterSleep(node: Node, wait: Node & { argument: Node | null }, place: Place, report: Report): void {
	const call = wait.argument === null ? undefined : unwrap(wait.argument);
	if (call?.type !== "CallExpression" || place.holdfastName(call.callee) !== "sleepForever") return;
	const next = statementAfter(node, place);
	if (next !== undefined)
		report({
			rule: "unreachable-cleanup",
			node: next,
			message:
				"This never runs: sleepForever() above it only ends by a cancellation. Put it into the `finally` of a `try` around the sleepForever(), or hand it to onExit(…).",
		});
}

function statementAfter(node: Node, place: Place): Node | undefined {
	const list = statementsOf(place.above(1));
	if (list.at(-1) === node) return undefined;
	const index = list.indexOf(node);
	return index === -1
		? undefined
		: list
				.slice(index + 1)
				.find(({ type }) => type !== "FunctionDeclaration" && type !== "EmptyStatement" && !type.startsWith("TS"));
}

/** Cleanup that is registered after `return` or `throw`. */
function judgeAfterEnd(node: Node, place: Place, report: Report): void {
	const next = statementAfter(node, place);
	if (next === undefined) return;
	const isCleanup =
		(next.type === "TryStatement" && next.finalizer !== null) ||
		(next.type === "VariableDeclaration" && (next.kind === "using" || next.kind === "await using")) ||
		(next.type === "ExpressionStatement" && registered(unwrap(next.expression), place) !== undefined);
	if (isCleanup)
		report({
			rule: "unreachable-cleanup",
			node: next,
			message: "This cleanup is never registered: the function has ended in the line above. Move it before.",
		});
}

/** `process.exit()` inside a `try` that has a `finally`. */
function judgeExit(node: Node & { type: "CallExpression" }, place: Place, report: Report): void {
	const callee = unwrap(node.callee);
	if (callee.type !== "MemberExpression" || memberName(callee) !== "exit" || !place.isGlobal(callee.object, "process"))
		return;
	let inner: Node = node;
	for (let level = 1; ; level++) {
		const outer = place.above(level);
		if (outer === undefined || isFunction(outer)) return;
		if (outer.type === "TryStatement" && outer.finalizer !== null && outer.finalizer !== inner) {
			const line = place.source.text.slice(0, spanOf(outer.finalizer)[0]).split("\n").length;
			report({
				rule: "unreachable-cleanup",
				node,
				message: `process.exit() ends the process on the spot: the \`finally\` in line ${line} never runs. Set process.exitCode and return, or throw.`,
			});
			return;
		}
		inner = outer;
	}
}
