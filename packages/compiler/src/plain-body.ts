import type { FunctionNode, Node } from "./ast.ts";
import { type Binding, type Bindings, readBindings } from "./bindings.ts";
import { readDirectives } from "./directives.ts";
import type { Emitter } from "./emitter.ts";
import { type FunctionInfo, functionOf } from "./function-info.ts";
import type { Piece } from "./pieces.ts";
import { emitLeave, emitPlainReturn, emitPlainUsing } from "./plain-exits.ts";
import { emitFresh } from "./plain-expressions.ts";
import { NotPlain, nameOf, PlainFunction } from "./plain-function.ts";
import { emitPlainList } from "./plain-lists.ts";
import { planList } from "./plain-names.ts";
import { emitPlainStatement } from "./plain-statements.ts";
import { emitTarget } from "./plain-targets.ts";
import { bodyPrologue, emitList } from "./statements.ts";

const parts = { statement: emitPlainStatement, using: emitPlainUsing };

/** Parameters and body of a function as a plain one; `undefined` if it must have a generator. */
export function plainBody(emitter: Emitter, info: FunctionInfo): Piece | undefined {
	if (info.form?.form === "generator") return undefined;
	const known = emitter.plainPieces.get(info);
	if (known !== undefined) return known;
	let reason = obstacle(emitter, info);
	if (reason === undefined) {
		const node = functionOf(info);
		const bindings: Bindings = readBindings(node);
		const fn = new PlainFunction(emitter, info, bindings, parts);
		const sites = emitter.sites.length;
		emitter.plainOf.set(info, fn);
		emitter.plainOrder.push(info);
		try {
			const piece = emitter.capture(() => emitPlainFunction(fn, node));
			fn.place();
			info.form = { form: "plain" };
			emitter.plainPieces.set(info, piece);
			return piece;
		} catch (error) {
			if (!(error instanceof NotPlain)) throw error;
			reason = error.reason;
			emitter.forget(node);
			emitter.sites.length = sites;
		}
	}
	info.form = { form: "generator", reason };
	return undefined;
}

/** What is seen at once. */
function obstacle(emitter: Emitter, info: FunctionInfo): string | undefined {
	if (emitter.bodies === "generators") return "the configuration";
	if (emitter.ticks === "native") return "native ticks";
	if (info.isGenerator) return "an async generator";
	if (info.kind === "private-method") return "a private method";
	const { holder } = info;
	if (holder?.type === "MethodDefinition" && holder.decorators.length > 0) return "a decorated method";
	if (info.usesArguments && info.kind !== "arrow") return "arguments";
	if (info.usesYieldName) return "yield as a name";
	if (textOf(emitter, info).includes("openTaskGroup")) return "a group that is opened without a body";
	return undefined;
}

function textOf(emitter: Emitter, info: FunctionInfo): string {
	return emitter.code.slice(info.node.start, info.node.end);
}

function emitPlainFunction(fn: PlainFunction, node: FunctionNode): void {
	const { emitter, info } = fn;
	const body = node.body!;
	const statements = body.type === "BlockStatement" ? (body as { body: readonly Node[] }).body : undefined;
	const count = statements === undefined ? 0 : readDirectives(statements).count;
	const prologue: (() => void)[] = [];
	const declared: string[] = [];
	const signature = emitter.capture(() => emitter.inFunction(info, () => emitSignature(fn, node, prologue, declared)));

	let piece: Piece = "";
	const temporaries = emitter.inHost(info, () => {
		piece = emitter.capture(() => {
			if (!info.hasAwait) emitWithoutAwait(fn, body, statements, count);
			else emitAwaiting(fn, node, body, statements, count, prologue, declared);
		});
	});
	emitter.push(signature);
	emitter.write(info.kind === "arrow" ? " => {" : " {");
	for (const directive of statements?.slice(0, count) ?? []) {
		emitter.write(" ");
		emitter.copy(directive.start, directive.end);
		if (emitter.code[directive.end - 1] !== ";") emitter.write(";");
	}
	const head = [...temporaries];
	if (info.hasAwait) {
		head.unshift(`${fn.name("site")} = ${fn.name("call")}.site`);
		if (fn.usesValue) head.push(fn.name("got"));
		if (fn.usesOut) head.push(`${fn.name("out")} = false`);
		const vars = [...fn.bindings.root.bindings.values()].filter(
			(binding) => binding.kind === "var" && !fn.boxed.has(binding),
		);
		if (vars.length > 0) emitter.write(` var ${vars.map((binding) => binding.name).join(", ")};`);
	}
	if (fn.usesReturn) head.push(fn.name("returned"));
	const rest = bodyPrologue(emitter, info, new Set(head));
	if (rest !== "") emitter.write(` ${rest}`);
	if (fn.usesReturn) emitter.write(` ${fn.name("return")}: {`);
	emitter.push(piece);
	if (fn.usesReturn) emitter.write(` return; } return ${emitter.kernel("settle")}(${fn.name("returned")});`);
	emitter.write(" }");
}

/** It can never suspend but at its tail: only what it returns is looked at. */
function emitWithoutAwait(fn: PlainFunction, body: Node, statements: readonly Node[] | undefined, count: number): void {
	const { emitter } = fn;
	if (statements === undefined) {
		emitter.write(" ");
		emitLeave(fn, body, false);
		return;
	}
	const start = count === 0 ? body.start + 1 : statements[count - 1]!.end;
	fn.touchReturns(body);
	emitList(emitter, { statements: statements.slice(count), start, end: body.end - 1, kind: "body" });
}

function emitAwaiting(
	fn: PlainFunction,
	node: FunctionNode,
	body: Node,
	statements: readonly Node[] | undefined,
	count: number,
	prologue: readonly (() => void)[],
	declared: readonly string[],
): void {
	const { emitter } = fn;
	const scope = fn.bindings.root;
	for (const binding of scope.bindings.values())
		if (binding.kind === "parameter" && declared.length > 0 && binding.redeclared)
			throw new NotPlain("a var that shares its name with a parameter");
	if (!fn.info.strict)
		for (const name of fn.bindings.inBlocks)
			if (fn.bindings.outer.has(name) || isVariable(scope.bindings.get(name)))
				throw new NotPlain("a function in a block of sloppy code");
	const list = {
		statements: statements?.slice(count) ?? [],
		start: statements === undefined ? body.start : count === 0 ? body.start + 1 : statements[count - 1]!.end,
		end: statements === undefined ? body.start : body.end - 1,
		scope,
		isRoot: true,
	};
	fn.touchReturns(body);
	const root = fn.region(
		node.start,
		() => {
			fn.regions[0]!.declared.push(...declared);
		},
		() => {
			const boxes = emitter.capture(() => {
				const plan = planList(fn, { ...list, statements: [] });
				if (plan.box === "") return;
				emitter.write(` ${plan.box}`);
				emitFresh(fn, () => {
					for (const [binding, text] of fn.boxed)
						if (binding.kind === "parameter" && !declared.includes(binding.name))
							emitter.write(`${text} = ${binding.name}; `);
				});
			});
			emitter.push(boxes);
			if (prologue.length > 0)
				emitFresh(fn, () => {
					for (const emit of prologue) emit();
				});
			if (statements === undefined) emitPlainReturn(fn, body);
			else emitPlainList(fn, { ...list, isRoot: false, isBody: true });
		},
	);
	emitter.push(root);
}

/** `($f, $i, a, b)`. What is no plain name is taken apart in the body: parameters are not read again after a suspension. */
function emitSignature(fn: PlainFunction, node: FunctionNode, prologue: (() => void)[], declared: string[]): void {
	const { emitter, info } = fn;
	emitter.write(`(${fn.name("call")}, ${fn.name("input")}`);
	node.params.forEach((parameter, index) => {
		if (parameter.type === "Identifier" && parameter.name === "this") return;
		emitter.write(", ");
		if (!info.hasAwait) {
			emitter.emit(parameter);
			return;
		}
		emitter.mark(parameter.start);
		if (parameter.type === "Identifier") {
			emitter.push(nameOf(emitter, parameter));
			return;
		}
		if (parameter.type === "RestElement" && parameter.argument.type === "Identifier") {
			emitter.write("...");
			emitter.push(nameOf(emitter, parameter.argument));
			return;
		}
		const name = fn.name(`p${index}`);
		const isRest = parameter.type === "RestElement";
		const target = isRest ? parameter.argument : parameter.type === "AssignmentPattern" ? parameter.left : parameter;
		const fallback = parameter.type === "AssignmentPattern" ? parameter.right : undefined;
		emitter.write(isRest ? `...${name}` : name);
		for (const binding of fn.bindings.root.bindings.values())
			if (binding.kind === "parameter" && contains(target, binding.name)) declared.push(binding.name);
		prologue.push(() => {
			emitter.write("(");
			emitTarget(fn, target);
			if (fallback === undefined) emitter.write(` = ${name}); `);
			else if (target.type === "Identifier" && !isBoxedName(fn, target.name)) {
				emitter.write(` = ${name}); if (${name} === void 0) (`);
				emitTarget(fn, target);
				emitter.write(" = ");
				emitter.emit(fallback);
				emitter.write("); ");
			} else {
				emitter.write(` = ${name} === void 0 ? (`);
				emitter.emit(fallback);
				emitter.write(`) : ${name}); `);
			}
		});
	});
	emitter.write(")");
}

function isBoxedName(fn: PlainFunction, name: string): boolean {
	for (const binding of fn.boxed.keys()) if (binding.kind === "parameter" && binding.name === name) return true;
	return false;
}

function contains(pattern: Node, name: string): boolean {
	switch (pattern.type) {
		case "Identifier":
			return pattern.name === name;
		case "AssignmentPattern":
			return contains(pattern.left, name);
		case "RestElement":
			return contains(pattern.argument, name);
		case "ArrayPattern":
			return pattern.elements.some((element) => element !== null && contains(element, name));
		case "ObjectPattern":
			return pattern.properties.some((property) =>
				contains(property.type === "RestElement" ? property : (property.value as Node), name),
			);
		default:
			return false;
	}
}

function isVariable(binding: Binding | undefined): boolean {
	return binding !== undefined && ["var", "parameter", "function"].includes(binding.kind);
}
