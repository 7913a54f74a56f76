import type { ChainExpression } from "oxc-parser";
import { type Node, unwrap } from "./ast.ts";
import { calleeText } from "./callee-text.ts";
import { type CallStyle, emitMethodCall, emitParts, emitProperty, receiver } from "./calls.ts";
import type { Emitter } from "./emitter.ts";

/** Emits a value that is used once. */
type Emit = () => void;

/**
 * An optional chain that ends in a call: `a?.b(c)` becomes `(($c = a) === null || $c === void 0 ? … : <call of $c.b>)`.
 * What stands where the chain is cut short is written by `emitNothing`.
 */
export function emitChain(
	emitter: Emitter,
	chain: ChainExpression,
	style: CallStyle,
	site: number,
	emitNothing: Emit,
): void {
	const call = unwrap(chain.expression);
	if (call.type !== "CallExpression") throw new Error("An optional chain without a call is no awaited call.");
	const callee = insideChain(call.callee);
	const text = calleeText(callee);
	const args = call.arguments;
	if (callee.type !== "MemberExpression") {
		lower(emitter, callee, emitNothing, (emitValue) => {
			if (!call.optional) {
				emitParts(emitter, style, site, { text, emitCallee: emitValue, emitThis: undefined, args });
				return;
			}
			const value = openTest(emitter, "f", emitValue, emitNothing);
			emitParts(emitter, style, site, { text, emitCallee: () => emitter.write(value), emitThis: undefined, args });
			emitter.write(")");
		});
		return;
	}
	if (callee.object.type === "Super") {
		const value = openTest(emitter, "f", () => emitter.emit(callee), emitNothing);
		const emitCallee = (): void => emitter.write(value);
		emitParts(emitter, style, site, { text, emitCallee, emitThis: () => emitter.write("this"), args });
		emitter.write(")");
		return;
	}
	lowerObject(emitter, callee, emitNothing, (emitObject) => {
		if (!call.optional) {
			emitMethodCall(emitter, callee, receiver(emitter, callee.object, emitObject), text, style, site, args);
			return;
		}
		const object = emitter.temporary("o");
		const emitFunction = (): void => {
			emitter.write(`(${object} = `);
			emitObject();
			emitter.write(`)`);
			emitProperty(emitter, callee);
		};
		const value = openTest(emitter, "f", emitFunction, emitNothing);
		emitParts(emitter, style, site, {
			text,
			emitCallee: () => emitter.write(value),
			emitThis: () => emitter.write(object),
			args,
		});
		emitter.write(")");
	});
}

/** Hands the object of a member on, after the test that `?.` before the member asks for. */
function lowerObject(
	emitter: Emitter,
	member: Node & { type: "MemberExpression" },
	emitNothing: Emit,
	use: (emitValue: Emit) => void,
): void {
	lower(emitter, member.object, emitNothing, (emitValue) => {
		if (!member.optional) {
			use(emitValue);
			return;
		}
		const value = openTest(emitter, "c", emitValue, emitNothing);
		use(() => emitter.write(value));
		emitter.write(")");
	});
}

/** Hands the value of a part of the chain to `use`, inside the tests that its own `?.` ask for. */
function lower(emitter: Emitter, part: Node, emitNothing: Emit, use: (emitValue: Emit) => void): void {
	const node = insideChain(part);
	if (!hasOptional(node)) {
		use(() => emitter.emit(part));
		return;
	}
	if (node.type === "MemberExpression") {
		lowerObject(emitter, node, emitNothing, (emitObject) =>
			use(() => {
				emitObject();
				emitProperty(emitter, node);
			}),
		);
		return;
	}
	if (node.type !== "CallExpression") throw new Error(`A ${node.type} cannot be part of an optional chain.`);
	const callee = insideChain(node.callee);
	const emitArguments = (): void => {
		emitter.write("(");
		node.arguments.forEach((argument, index) => {
			if (index > 0) emitter.write(", ");
			emitter.emit(argument);
		});
		emitter.write(")");
	};
	if (!node.optional) {
		lower(emitter, callee, emitNothing, (emitValue) =>
			use(() => {
				emitValue();
				emitArguments();
			}),
		);
		return;
	}
	if (callee.type !== "MemberExpression") {
		lower(emitter, callee, emitNothing, (emitValue) => {
			const value = openTest(emitter, "f", emitValue, emitNothing);
			use(() => {
				emitter.write(`(0, ${value})`);
				emitArguments();
			});
			emitter.write(")");
		});
		return;
	}
	const isSuper = callee.object.type === "Super";
	const emitOptional = (emitFunction: Emit, receiver: string): void => {
		const value = openTest(emitter, "f", emitFunction, emitNothing);
		use(() => {
			emitter.write(`${value}.call(${receiver}`);
			for (const argument of node.arguments) {
				emitter.write(", ");
				emitter.emit(argument);
			}
			emitter.write(")");
		});
		emitter.write(")");
	};
	if (isSuper) {
		emitOptional(() => emitter.emit(callee), "this");
		return;
	}
	lowerObject(emitter, callee, emitNothing, (emitObject) => {
		const object = emitter.temporary("o");
		emitOptional(() => {
			emitter.write(`(${object} = `);
			emitObject();
			emitter.write(")");
			emitProperty(emitter, callee);
		}, object);
	});
}

/** Writes `((x = value) === null || x === void 0 ? nothing : `, to be closed by the caller; gives `x`. */
function openTest(emitter: Emitter, purpose: string, emitValue: Emit, emitNothing: Emit): string {
	const value = emitter.temporary(purpose);
	emitter.write(`((${value} = `);
	emitValue();
	emitter.write(`) === null || ${value} === void 0 ? `);
	emitNothing();
	emitter.write(" : ");
	return value;
}

/** `a?.b!` goes on with the chain; parentheses end it. */
function insideChain(node: Node): Node {
	let inner = node;
	while (inner.type === "TSNonNullExpression") inner = inner.expression;
	return inner;
}

function hasOptional(node: Node): boolean {
	const inner = insideChain(node);
	if (inner.type === "MemberExpression") return inner.optional || hasOptional(inner.object);
	if (inner.type === "CallExpression") return inner.optional || hasOptional(inner.callee);
	return false;
}
