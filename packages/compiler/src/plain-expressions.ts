import type {
	AssignmentExpression,
	CallExpression,
	ChainExpression,
	LogicalExpression,
	MemberExpression,
} from "oxc-parser";
import { isWrapper, type Node, unwrap } from "./ast.ts";
import { emitAwaited } from "./awaits.ts";
import { calleeText } from "./callee-text.ts";
import { privateMethod } from "./calls.ts";
import type { Piece } from "./pieces.ts";
import { NotPlain, type PlainFunction } from "./plain-function.ts";
import { isPromiseCombinator } from "./promise-combinators.ts";

// An await stands in the middle of an expression, a suspension is a `return`: so every await becomes a statement before
// the statement that holds it, and what the language has evaluated before it is held in a temporary.

/** Emits a statement from an expression: its awaits first, then what `use` writes with its value. */
export function emitFull(
	fn: PlainFunction,
	expression: Node,
	use: (value: Piece) => void,
	liveFrom: number = directAwait(fn, expression)?.end ?? expression.start,
): void {
	const mark = fn.mark();
	fn.liveFrom = liveFrom;
	use(prepare(fn, expression));
	fn.release(mark);
}

/** The await that is all of the expression: then nothing of the expression is needed after it. */
function directAwait(fn: PlainFunction, expression: Node): Node | undefined {
	const inner = unwrap(expression);
	if (inner.type !== "AwaitExpression") {
		if (inner.type !== "AssignmentExpression" || inner.operator !== "=" || inner.left.type !== "Identifier")
			return undefined;
		// A box is needed after the await.
		if (fn.emitter.replacements.has(inner.left)) return undefined;
		return directAwait(fn, inner.right);
	}
	return fn.isAwaiting(inner.argument) ? undefined : inner;
}

/** Emits the awaits of an expression; gives what its value is then. */
export function prepare(fn: PlainFunction, expression: Node): Piece {
	if (!fn.isAwaiting(expression)) return capture(fn, expression);
	const inner = unwrap(expression);
	switch (inner.type) {
		case "AwaitExpression":
			return prepareAwait(fn, inner);
		case "ConditionalExpression": {
			const result = fn.temporary();
			const mark = fn.mark();
			const test = prepare(fn, inner.test);
			emitBranches(
				fn,
				() => fn.emitter.push(test),
				() => emitInto(fn, result, inner.consequent),
				() => emitInto(fn, result, inner.alternate),
			);
			fn.release(mark);
			return result;
		}
		case "LogicalExpression":
			if (fn.isAwaiting(inner.right)) return prepareLogical(fn, inner);
			break;
		case "AssignmentExpression":
			return prepareAssignment(fn, inner);
		case "ChainExpression":
			prepareChain(fn, inner);
			return capture(fn, inner);
	}
	prepareOperands(fn, inner);
	return ["(", capture(fn, inner), ")"];
}

function capture(fn: PlainFunction, node: Node): Piece {
	return fn.emitter.capture(() => fn.emitter.emit(node));
}

/** Writes statements that are passed over when the function goes on behind them. */
export function emitFresh(fn: PlainFunction, emit: () => void): void {
	fn.emitter.write(` if (${fn.name("site")} === 0) { `);
	emit();
	fn.emitter.write(" }");
}

/** Emits the awaits of a value and puts it into a variable. */
function emitInto(fn: PlainFunction, target: string, value: Node): void {
	const mark = fn.mark();
	const piece = prepare(fn, value);
	fn.emitter.write(` ${target} = `);
	fn.emitter.push(piece);
	fn.emitter.write(";");
	fn.release(mark);
}

/** Writes an `if` that finds its way to the branch in which the function goes on. */
export function emitBranches(
	fn: PlainFunction,
	emitTest: () => void,
	emitThen: () => void,
	emitElse: (() => void) | undefined,
): void {
	const { emitter } = fn;
	const before = fn.lastSite;
	const first = emitter.capture(emitThen);
	const middle = fn.lastSite;
	const second = emitElse === undefined ? undefined : emitter.capture(emitElse);
	const last = fn.lastSite;
	const resume = fn.name("site");
	emitter.write(last > before ? ` if (${resume} <= ${last}) {` : ` if (${resume} === 0) {`);
	emitter.write(" if (");
	if (middle === before) emitter.write(last === before ? "" : `${resume} === 0 && (`);
	else emitter.write(last === middle ? `${resume} !== 0 || (` : `${resume} !== 0 ? ${resume} <= ${middle} : (`);
	emitTest();
	emitter.write(middle === before && last === before ? ") {" : ")) {");
	emitter.push(first);
	emitter.write(" }");
	if (second !== undefined) {
		emitter.write(" else {");
		emitter.push(second);
		emitter.write(" }");
	}
	emitter.write(" }");
}

function prepareAwait(fn: PlainFunction, node: Node & { type: "AwaitExpression" }): Piece {
	const mark = fn.mark();
	const { argument } = node;
	if (fn.isAwaiting(argument)) {
		const inner = unwrap(argument);
		if (inner.type === "AwaitExpression") fn.replace(argument, [prepareAwait(fn, inner)]);
		else if (inner.type === "ChainExpression") prepareChain(fn, inner);
		else if (/^(?:Conditional|Logical|Sequence)Expression$/.test(inner.type))
			throw new NotPlain("an await of a choice that awaits itself");
		else if (inner.type === "AssignmentExpression") {
			const value = prepareAssignment(fn, inner);
			const held = fn.temporary();
			emitFresh(fn, () => fn.emitter.push([`${held} = `, value, ";"]));
			fn.replace(argument, held);
		} else prepareOperands(fn, inner);
	}
	emitSite(fn, node.start, (site) => emitAwaited(fn.emitter, argument, site), mark, node.start);
	return fn.name("got");
}

/** Writes an await: the call that may suspend, and what is done when the function goes on behind it. */
export function emitSite(
	fn: PlainFunction,
	offset: number,
	emitCall: (site: number) => void,
	mark: number = fn.mark(),
	place: number = Number.POSITIVE_INFINITY,
): number {
	const { emitter } = fn;
	const site = emitter.site(offset);
	fn.lastSite = site;
	fn.usesValue = true;
	const [resume, value] = [fn.name("site"), fn.name("got")];
	emitter.mark(offset);
	emitter.write(` if (${resume} === 0) { ${value} = `);
	emitter.push(emitter.capture(() => emitCall(site)));
	// The arguments have been handed over.
	fn.release(mark);
	emitter.push([`; if (${value} === ${emitter.suspended()}) `, fn.suspension(site, place), " }"]);
	const input = fn.name("input");
	const stop = fn.tries === 0 ? undefined : fn.stop();
	let given = `${value} = ${input};`;
	if (stop !== undefined) given = `if (${emitter.kernel("stops")}(${input})) ${stop} ${given}`;
	else if (fn.tries > 0) given = `${value} = ${emitter.kernel("input")}(${input});`;
	// Tools that count lines find what stands behind an await by what stands before it.
	emitter.mark(offset);
	emitter.write(` else if (${resume} === ${site}) { ${resume} = 0; ${given} }`);
	emitter.mark(offset);
	return site;
}

function prepareLogical(fn: PlainFunction, node: LogicalExpression): Piece {
	const result = fn.temporary();
	const mark = fn.mark();
	const left = prepare(fn, node.left);
	emitFresh(fn, () => fn.emitter.push([`${result} = `, left, ";"]));
	fn.release(mark);
	emitBranches(
		fn,
		() => fn.emitter.write(goesOn(node.operator, result)),
		() => emitInto(fn, result, node.right),
		undefined,
	);
	return result;
}

/** Whether the right side of a logical operator is evaluated. */
function goesOn(operator: string, value: string): string {
	if (operator === "&&") return value;
	return operator === "||" ? `!${value}` : `${value} === null || ${value} === void 0`;
}

function prepareAssignment(fn: PlainFunction, node: AssignmentExpression): Piece {
	const { left, right } = node;
	const operator = node.operator.slice(0, -1);
	if (fn.isAwaiting(left) && left.type !== "MemberExpression")
		throw new NotPlain("an await in a destructuring pattern");
	if (left.type === "MemberExpression" && left.object.type === "Super")
		throw new NotPlain("super in an assignment that awaits");
	const isTarget = left.type === "MemberExpression";
	if (isTarget) prepareMember(fn, left, fn.isAwaiting(right));
	if (operator === "&&" || operator === "||" || operator === "??") {
		const result = fn.temporary();
		emitFresh(fn, () => fn.emitter.push([`${result} = `, capture(fn, left), ";"]));
		emitBranches(
			fn,
			() => fn.emitter.write(goesOn(operator, result)),
			() => {
				const mark = fn.mark();
				const value = prepare(fn, right);
				fn.emitter.push([` ${result} = `, capture(fn, left), " = ", value, ";"]);
				fn.release(mark);
			},
			undefined,
		);
		return result;
	}
	if (operator !== "" && fn.isAwaiting(right)) {
		const before = fn.temporary();
		emitFresh(fn, () => fn.emitter.push([`${before} = `, capture(fn, left), ";"]));
		const value = prepare(fn, right);
		return ["(", capture(fn, left), ` = ${before} ${operator} (`, value, "))"];
	}
	if (fn.isAwaiting(right)) {
		const value = prepare(fn, right);
		return ["(", capture(fn, left), " = ", value, ")"];
	}
	return ["(", capture(fn, node), ")"];
}

/** Holds the object and the key of a member that is read or written after an await. */
function prepareMember(fn: PlainFunction, member: MemberExpression, isFollowed: boolean): void {
	const key = member.computed ? member.property : undefined;
	hold(fn, member.object, isFollowed || (key !== undefined && fn.isAwaiting(key)));
	if (key !== undefined) hold(fn, key, isFollowed);
}

/** Emits the awaits of an operand; where others follow, its value is held in a temporary. */
function hold(fn: PlainFunction, operand: Node, isFollowed: boolean): void {
	const awaits = fn.isAwaiting(operand);
	if (!awaits && (!isFollowed || isStable(fn, operand))) return;
	const inner = unwrap(operand);
	if (inner.type === "SpreadElement") {
		hold(fn, inner.argument, isFollowed);
		return;
	}
	const value = awaits ? prepare(fn, operand) : capture(fn, operand);
	if (!isFollowed) {
		fn.replace(operand, [value]);
		return;
	}
	const temporary = fn.temporary();
	emitFresh(fn, () => fn.emitter.push([`${temporary} = `, value, ";"]));
	fn.replace(operand, temporary);
}

/** Whether a value may as well be read later: nothing can change it, and reading it does nothing. */
function isStable(fn: PlainFunction, node: Node): boolean {
	const inner = unwrap(node);
	switch (inner.type) {
		case "Literal":
		case "ThisExpression":
		case "FunctionExpression":
		case "ArrowFunctionExpression":
			return true;
		case "Identifier": {
			if (inner.name === "undefined") return true;
			const binding = fn.bindings.root.bindings.get(inner.name);
			if (binding === undefined || binding.assigned || binding.kind === "var") return false;
			// The only variable of this name in the function.
			return fn.bindings.scopesOf.get(inner.name)?.length === 1;
		}
		case "UnaryExpression":
			return inner.operator !== "delete" && inner.operator !== "typeof" && unwrap(inner.argument).type === "Literal";
		default:
			return false;
	}
}

/** Emits the awaits of the operands of an expression, in the order of evaluation. */
export function prepareOperands(fn: PlainFunction, node: Node): void {
	const inner = unwrap(node);
	if (!fn.isAwaiting(inner)) return;
	switch (inner.type) {
		case "AwaitExpression": {
			fn.replace(inner, [prepareAwait(fn, inner)]);
			return;
		}
		case "CallExpression":
			prepareCall(fn, inner);
			return;
		case "NewExpression":
			holdAll(fn, [inner.callee, ...inner.arguments]);
			return;
		case "BinaryExpression":
			if ((inner.left as Node).type === "PrivateIdentifier") hold(fn, inner.right, false);
			else holdAll(fn, [inner.left, inner.right]);
			return;
		case "LogicalExpression":
			if (fn.isAwaiting(inner.right)) fn.replace(inner, [prepareLogical(fn, inner)]);
			else hold(fn, inner.left, false);
			return;
		case "ConditionalExpression":
			fn.replace(inner, [prepare(fn, inner)]);
			return;
		case "UnaryExpression":
			if (inner.operator === "delete") {
				const member = unwrap(inner.argument);
				if (member.type !== "MemberExpression") throw new NotPlain("delete of what awaits");
				prepareMember(fn, member, false);
			} else hold(fn, inner.argument, false);
			return;
		case "UpdateExpression": {
			const member = unwrap(inner.argument);
			if (member.type !== "MemberExpression") throw new NotPlain("an update of what awaits");
			prepareMember(fn, member, false);
			return;
		}
		case "SpreadElement":
			hold(fn, inner.argument, false);
			return;
		case "MemberExpression":
			if (inner.object.type === "Super") throw new NotPlain("super with a key that awaits");
			prepareMember(fn, inner, false);
			return;
		case "ImportExpression":
			if (inner.options !== null) throw new NotPlain("import() with options that awaits");
			hold(fn, inner.source, false);
			return;
		case "SequenceExpression":
			holdAll(fn, inner.expressions);
			return;
		case "ArrayExpression":
			holdAll(
				fn,
				inner.elements.filter((element) => element !== null),
			);
			return;
		case "TemplateLiteral":
			prepareTemplate(fn, inner.expressions);
			return;
		case "ObjectExpression":
			prepareObject(fn, inner);
			return;
		case "ChainExpression":
			prepareChain(fn, inner);
			return;
		case "AssignmentExpression":
			fn.replace(inner, [prepareAssignment(fn, inner)]);
			return;
		default:
			if (isWrapper(inner.type)) throw new Error("A wrapper was not unwrapped.");
			throw new NotPlain(`an await inside a ${inner.type}`);
	}
}

/** Operands in the order of their evaluation: those before the last await are held. */
function holdAll(fn: PlainFunction, operands: readonly Node[]): void {
	const last = operands.findLastIndex((operand) => fn.isAwaiting(operand));
	operands.forEach((operand, index) => {
		if (index > last) return;
		if (operand.type === "SpreadElement") {
			if (index === last) {
				hold(fn, operand.argument, false);
				return;
			}
			const value = prepare(fn, operand.argument);
			const temporary = fn.temporary();
			emitFresh(fn, () => fn.emitter.push([`${temporary} = [...`, value, "];"]));
			fn.replace(operand.argument, temporary);
			return;
		}
		hold(fn, operand, index < last);
	});
}

/** Each value becomes a string before the next is evaluated. */
function prepareTemplate(fn: PlainFunction, expressions: readonly Node[]): void {
	const last = expressions.findLastIndex((expression) => fn.isAwaiting(expression));
	expressions.forEach((expression, index) => {
		if (index > last) return;
		if (index === last) {
			hold(fn, expression, false);
			return;
		}
		if (!fn.isAwaiting(expression) && unwrap(expression).type === "Literal") return;
		const value = prepare(fn, expression);
		const temporary = fn.temporary();
		emitFresh(fn, () => fn.emitter.push([`${temporary} = \`\${`, value, "}`;"]));
		fn.replace(expression, temporary);
	});
}

function prepareObject(fn: PlainFunction, node: Node & { type: "ObjectExpression" }): void {
	const { properties } = node;
	const last = properties.findLastIndex((property) => fn.isAwaiting(property));
	properties.forEach((property, index) => {
		if (index > last) return;
		if (property.type === "SpreadElement") {
			if (index === last) {
				hold(fn, property.argument, false);
				return;
			}
			const value = prepare(fn, property.argument);
			const temporary = fn.temporary();
			emitFresh(fn, () => fn.emitter.push([`${temporary} = { ...`, value, " };"]));
			fn.replace(property.argument, temporary);
			return;
		}
		if (property.computed && unwrap(property.key).type !== "Literal")
			throw new NotPlain("a computed key before an await");
		if (property.kind !== "init" || property.method) return;
		const value = property.value as Node;
		if (!property.shorthand) {
			hold(fn, value, index < last);
			return;
		}
		if (index < last && !isStable(fn, value)) {
			const temporary = fn.temporary();
			const piece = capture(fn, value);
			const before = fn.emitter.replacements.get(value);
			// A boxed variable already brings its name along.
			const read = Array.isArray(before) ? before.slice(1) : (before?.toString().replace(/^[^:]*: /, "") ?? piece);
			emitFresh(fn, () => fn.emitter.push([`${temporary} = `, read, ";"]));
			fn.replace(value, `${(value as { name: string }).name}: ${temporary}`);
		}
	});
}

/** Callee and arguments: the function is looked up before its arguments are evaluated. */
function prepareCall(fn: PlainFunction, call: CallExpression): void {
	const { arguments: args } = call;
	const callee = unwrap(call.callee);
	const isFollowed = args.some((argument) => fn.isAwaiting(argument));
	if (isPromiseCombinator(fn.emitter, call)) {
		holdAll(fn, args);
		return;
	}
	if (call.optional) throw new NotPlain("an await inside an optional call");
	if (callee.type === "Super" || (callee.type === "Identifier" && callee.name === "eval"))
		throw new NotPlain("super with arguments that await");
	if (callee.type === "MemberExpression") {
		if (callee.object.type === "Super") throw new NotPlain("super with arguments that await");
		prepareMember(fn, callee, isFollowed);
		if (!isFollowed) return;
		const { property } = callee;
		if (property.type === "PrivateIdentifier" && privateMethod(fn.emitter, `#${property.name}`) !== undefined)
			throw new NotPlain("a private method with arguments that await");
		const held = fn.temporary();
		const self = fn.emitter.replacements.get(callee.object) ?? capture(fn, callee.object);
		emitFresh(fn, () => fn.emitter.push([`${held} = `, capture(fn, callee), ";"]));
		setHeld(fn, call, held, self);
	} else {
		if (fn.isAwaiting(callee)) hold(fn, call.callee, isFollowed);
		if (isFollowed && !isStable(fn, callee)) {
			const held = fn.temporary();
			const value = capture(fn, call.callee);
			emitFresh(fn, () => fn.emitter.push([`${held} = `, value, ";"]));
			setHeld(fn, call, held, undefined);
		}
	}
	holdAll(fn, args);
}

function setHeld(fn: PlainFunction, call: CallExpression, held: string, self: Piece | undefined): void {
	fn.emitter.heldCallees.set(call, { text: calleeText(unwrap(call.callee)), held, self });
	fn.held.push(call);
}

/** `(await x)?.y.z()`: what awaits is the innermost object, and nothing else. */
function prepareChain(fn: PlainFunction, chain: ChainExpression): void {
	let node: Node = chain.expression;
	for (;;) {
		if (node.type === "TSNonNullExpression") node = node.expression;
		else if (node.type === "MemberExpression") {
			if (node.computed && fn.isAwaiting(node.property)) throw new NotPlain("an await inside an optional chain");
			if (!isChainPart(node.object)) {
				hold(fn, node.object, false);
				return;
			}
			node = node.object;
		} else if (node.type === "CallExpression") {
			if (node.arguments.some((argument) => fn.isAwaiting(argument)))
				throw new NotPlain("an await inside an optional chain");
			if (!isChainPart(node.callee)) {
				hold(fn, node.callee, false);
				return;
			}
			node = node.callee;
		} else throw new NotPlain("an await inside an optional chain");
	}
}

function isChainPart(node: Node): boolean {
	return node.type === "MemberExpression" || node.type === "CallExpression" || node.type === "TSNonNullExpression";
}

/** Whether a value can be no thenable. */
export function isSettled(node: Node): boolean {
	const inner = unwrap(node);
	switch (inner.type) {
		case "Literal":
		case "TemplateLiteral":
		case "BinaryExpression":
		case "UnaryExpression":
		case "UpdateExpression":
		case "AwaitExpression":
			return true;
		case "Identifier":
			return inner.name === "undefined";
		case "ConditionalExpression":
			return isSettled(inner.consequent) && isSettled(inner.alternate);
		case "LogicalExpression":
			return isSettled(inner.left) && isSettled(inner.right);
		case "SequenceExpression":
			return isSettled(inner.expressions.at(-1)!);
		default:
			return false;
	}
}
