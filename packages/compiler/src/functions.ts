import type { Function as FunctionLike } from "oxc-parser";
import type { FunctionNode, Node } from "./ast.ts";
import { emitTail } from "./awaits.ts";
import type { Emitter } from "./emitter.ts";
import { bodyFlags, lengthOf, parameterCount } from "./flags.ts";
import { type FunctionInfo, functionOf } from "./function-info.ts";
import type { Piece } from "./pieces.ts";
import { bodyPrologue, emitList } from "./statements.ts";
import { superAccessor } from "./supers.ts";

/** Any function that is no method: compiled, or copied with what is compiled inside. */
export function emitFunction(emitter: Emitter, node: FunctionNode): void {
	const info = emitter.analysis.infoOf.get(node);
	if (info === undefined) emitter.copy(node.start, node.end);
	else if (!info.compiled) emitUncompiled(emitter, info);
	else if (info.kind === "declaration") emitDeclaration(emitter, info, node as FunctionLike);
	else emitFunctionValue(emitter, info);
}

/** Copies a function that stays what it is; its body may declare temporaries for what is in it. */
export function emitUncompiled(emitter: Emitter, info: FunctionInfo): void {
	const node = functionOf(info);
	const body = node.body!;
	emitter.inFunction(info, () => emitter.emitWithin(node, node.start, body.start));
	if (body.type === "BlockStatement") {
		emitBlockBody(emitter, info);
		return;
	}
	let piece = emitter.capture(() => undefined);
	const temporaries = emitter.inHost(info, () => {
		piece = emitter.capture(() => emitter.emit(body));
	});
	if (temporaries.size === 0) emitter.push(piece);
	else {
		emitter.write(`{ ${bodyPrologue(emitter, info, temporaries)} return (`);
		emitter.push(piece);
		emitter.write("); }");
	}
	emitter.copy(body.end, node.end);
}

/** A hoisted shell, and what makes its entry, hoisted too: a function of its own, so that the body can bear the name. */
function emitDeclaration(emitter: Emitter, info: FunctionInfo, node: FunctionLike): void {
	const declaration = emitter.declarations.get(info)!;
	if (declaration.isMoved) return;
	const { shell, maker, entry, isEarly } = declaration;
	// A sloppy shell would have `caller` and `arguments` of its own, and turn `this` into an object before the body does.
	const isSloppy = info.parent?.strict === false;
	const call = emitter.kernel(info.isGenerator ? "generator" : "bare");
	const made = isEarly ? `${entry} ?? (${emitter.names.of("load")}(), ${entry})` : entry;
	emitter.mark(node.start);
	emitter.write(`function ${shell}(${placeholders(emitter, info)}) { `);
	if (isSloppy) emitter.write(`"use strict"; `);
	emitter.write(`return ${call}(${made}, this, arguments); } `);
	emitter.write(`function ${maker}() { return ${emitter.kernel("define")}(${shell}, `);
	emitNamedBody(emitter, info, node.id ?? undefined);
	const name = JSON.stringify(info.inferredName ?? "");
	emitter.write(`, ${emitter.module()}, ${name}, ${parameterCount(info)}, ${bodyFlags(emitter, info)}); }`);
}

/** As many parameters as the function's `length` says, of names that hide nothing. */
export function placeholders(emitter: Emitter, info: FunctionInfo): string {
	return Array.from({ length: lengthOf(info) }, (_, index) => emitter.names.of(`p${index}`)).join(", ");
}

/** `$k.fn(function* (…) {…}, …)` or `$k.arrow(this, …)`. */
export function emitFunctionValue(emitter: Emitter, info: FunctionInfo): void {
	const node = functionOf(info);
	const ownName = node.type === "FunctionExpression" && node.id !== null ? node.id.name : undefined;
	const namesItself = ownName !== undefined && emitter.code.slice(node.id!.end, node.end).includes(ownName);
	emitter.mark(node.start);
	if (namesItself) emitter.write(`(() => { const ${ownName} = `);
	if (info.wrapsSuper) emitter.write(`((${superAccessor(emitter, "get")}, ${superAccessor(emitter, "set")}) => `);
	const isPlain = emitter.plainBody(info) !== undefined;
	if (info.kind === "arrow")
		emitter.write(`${emitter.kernel("arrow")}(${info.usesThis && !isPlain ? "this" : "void 0"}, `);
	else emitter.write(`${emitter.kernel("fn")}(`);
	emitNamedBody(emitter, info, node.type === "FunctionExpression" ? (node.id ?? undefined) : undefined);
	const name =
		info.inferredName === undefined
			? `${emitter.helper("nameOfKey")}(${emitter.keyOf.get(info)})`
			: JSON.stringify(info.inferredName);
	emitter.write(
		`, ${emitter.module()}, ${name}, ${lengthOf(info)}, ${parameterCount(info)}, ${bodyFlags(emitter, info)})`,
	);
	if (info.wrapsSuper) {
		const [key, value] = [emitter.names.of("key"), emitter.names.of("value")];
		emitter.write(`)((${key}) => super[${key}], (${key}, ${value}) => super[${key}] = ${value})`);
	}
	if (namesItself) emitter.write(`; return ${ownName}; })()`);
}

/** A body as a function of its own: a plain one, or a generator. */
export function emitBody(emitter: Emitter, info: FunctionInfo, name: Piece): void {
	const plain = emitter.plainBody(info);
	if (plain === undefined) {
		emitter.push(["function* ", name]);
		emitGenerator(emitter, info);
		return;
	}
	if (info.kind !== "arrow") emitter.push(["function ", name]);
	emitter.push(plain);
}

/** A body that bears the name of its function, for debuggers and profilers. `origin` is where the source names it. */
export function emitNamedBody(emitter: Emitter, info: FunctionInfo, origin?: Node): void {
	const { inferredName: name, node } = info;
	if (name === undefined || !/^[A-Za-z_]\w*$/.test(name) || name === "__proto__") {
		emitBody(emitter, info, emitter.names.unique(name ?? ""));
		return;
	}
	const { code } = emitter;
	const named: Piece =
		origin !== undefined && code.slice(origin.start, origin.end) === name
			? { start: origin.start, end: origin.end }
			: name;
	const text = code.slice(node.start, node.end);
	if (info.kind !== "arrow" && !reserved.has(name) && !text.includes("\\u") && !mentions(text, name)) {
		emitBody(emitter, info, named);
		return;
	}
	// In the body the name may mean something else, the function itself included: so it is that of a property.
	emitter.push(["{ ", named, ": "]);
	emitBody(emitter, info, "");
	emitter.write(` }.${name}`);
}

/** Whether the name stands in the text, the name of the function itself left out. */
function mentions(text: string, name: string): boolean {
	for (let at = text.indexOf(name); at !== -1; at = text.indexOf(name, at + 1)) {
		if (isWordPart(text.charCodeAt(at - 1)) || isWordPart(text.charCodeAt(at + name.length))) continue;
		if (!/^async\s+function\s*\*?\s*$/.test(text.slice(0, at))) return true;
	}
	return false;
}

/** Of other letters none is known here: a name beside one counts as mentioned. */
function isWordPart(character: number): boolean {
	return (
		(character >= 97 && character <= 122) ||
		(character >= 65 && character <= 90) ||
		(character >= 48 && character <= 57) ||
		character === 95 ||
		character === 36
	);
}

/** What cannot name a function in strict code. */
const reserved: ReadonlySet<string> = /* @__PURE__ */ new Set(
	`arguments async await break case catch class const continue debugger default delete do else enum eval export extends false
	finally for function if implements import in instanceof interface let new null package private protected public return
	static super switch this throw true try typeof undefined var void while with yield`.split(/\s+/),
);

/** Parameters and body, as they follow `function*`. */
export function emitGenerator(emitter: Emitter, info: FunctionInfo): void {
	const node = functionOf(info);
	const body = node.body!;
	emitter.inFunction(info, () => emitSignature(emitter, node));
	if (body.type === "BlockStatement") {
		emitBlockBody(emitter, info);
		return;
	}
	let piece = emitter.capture(() => undefined);
	const temporaries = emitter.inHost(info, () => {
		piece = emitter.capture(() => emitTail(emitter, body, false));
	});
	emitter.write("{ ");
	emitter.write(bodyPrologue(emitter, info, temporaries));
	emitter.write(" return ");
	emitter.push(piece);
	emitter.write("; }");
}

function emitBlockBody(emitter: Emitter, info: FunctionInfo): void {
	const body = functionOf(info).body!;
	const statements = (body as { body: readonly Node[] }).body;
	emitter.copy(body.start, body.start + 1);
	emitList(emitter, { statements, start: body.start + 1, end: body.end - 1, kind: "body", host: info }, (temporaries) =>
		bodyPrologue(emitter, info, temporaries),
	);
	emitter.copy(body.end - 1, body.end);
}

/** Copies type parameters, parameters and return type; a single name gets its parentheses. */
function emitSignature(emitter: Emitter, node: FunctionNode): void {
	const body = node.body!;
	const { code } = emitter;
	if (node.type !== "ArrowFunctionExpression") {
		const start = node.id?.end ?? signatureStart(emitter, node);
		emitter.emitWithin(node, start, body.start);
		return;
	}
	const start = emitter.skipTrivia(node.start + "async".length);
	const isBare = code[start] !== "(" && code[start] !== "<";
	const last = node.params.at(-1);
	let arrow = Math.max(start, last?.end ?? 0, node.returnType?.end ?? 0, node.typeParameters?.end ?? 0);
	for (arrow = emitter.skipTrivia(arrow); !code.startsWith("=>", arrow); arrow = emitter.skipTrivia(arrow + 1));
	if (isBare) {
		emitter.write("(");
		emitter.copy(start, last!.end);
		emitter.write(") ");
	} else {
		emitter.emitWithin(node, start, arrow);
	}
}

/** Where `(` or `<` stands after `async function *`, or at the head of a method's value. */
function signatureStart(emitter: Emitter, node: FunctionNode): number {
	let offset = emitter.skipTrivia(node.start);
	for (const token of ["async", "function", "*"])
		if (emitter.code.startsWith(token, offset)) offset = emitter.skipTrivia(offset + token.length);
	return offset;
}
