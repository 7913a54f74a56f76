import type {
	Class,
	ClassBody,
	ExportDefaultDeclaration,
	ExportNamedDeclaration,
	MethodDefinition,
	Program,
} from "oxc-parser";
import type { Node } from "./ast.ts";
import { declared } from "./declarations.ts";
import type { Emitter } from "./emitter.ts";
import { bodyFlags, flagsOf, parameterCount } from "./flags.ts";
import type { FunctionInfo } from "./function-info.ts";
import { emitGenerator, emitNamedBody, emitUncompiled, placeholders } from "./functions.ts";
import { keyName } from "./infer-name.ts";
import { unmapped } from "./pieces.ts";
import { homeName } from "./supers.ts";

/** A class: private names are looked up in it while it is emitted. */
export function emitClass(emitter: Emitter, node: Class): void {
	emitter.classes.push(emitter.analysis.classOf.get(node)!);
	try {
		const target = emitter.rewritten.get(node);
		if (target !== undefined) emitter.write(`${target()} = `);
		const head = Math.max(node.start, node.decorators.at(-1)?.end ?? node.start);
		emitter.emitWithin(node, node.start, head);
		if (head > node.start) emitKeeper(emitter, node);
		emitter.emitWithin(node, head, node.end);
	} finally {
		emitter.classes.pop();
	}
}

/** `@d export class C {}`: the decorators stand before the statement. */
export function emitExport(emitter: Emitter, node: ExportDefaultDeclaration | ExportNamedDeclaration): void {
	const { declaration } = node;
	if (declaration?.type === "ClassDeclaration" && (declaration.decorators[0]?.start ?? node.start) < node.start)
		emitKeeper(emitter, declaration);
	emitter.emitWithin(node, node.start, node.end);
}

/**
 * A decorator that keeps the class as it is written, the first to be applied: others may put something else in its place
 * before its static block runs. Those of TypeScript, which are given one argument, are applied after that; so are others by
 * some tools, which is why what was kept is forgotten first.
 */
function emitKeeper(emitter: Emitter, node: Class): void {
	const kept = keptClass(emitter, node);
	if (kept === undefined) return;
	const [value, context] = [emitter.names.of("value"), emitter.names.of("context")];
	emitter.write(` @(${kept} = void 0, (${value}, ${context}) => { if (${context}) ${kept} = ${value}; }) `);
}

/** The temporary that holds a decorated class of which methods are compiled. */
function keptClass(emitter: Emitter, node: Class): string | undefined {
	let kept = emitter.keptClasses.get(node);
	if (kept === undefined && node.decorators.length > 0 && node.body.body.some((member) => isMoved(emitter, member))) {
		kept = emitter.ownTemporary("class");
		emitter.keptClasses.set(node, kept);
	}
	return kept;
}

function isMoved(emitter: Emitter, member: Node): boolean {
	const info = member.type === "MethodDefinition" ? emitter.analysis.infoOf.get(member.value) : undefined;
	return info?.compiled === true && info.kind === "class-method";
}

/** Public methods move into a static block, where the runtime puts shells in their place. */
export function emitClassBody(emitter: Emitter, node: ClassBody): void {
	const methods = compiledMethods(emitter, node);
	const kept = keptClass(emitter, emitter.classes.at(-1)!.node as Class);
	const self = kept === undefined ? "this" : `(${kept} ?? this)`;
	const definitions = methods
		.filter(({ info }) => info.kind === "class-method")
		.map(({ member, info }) => emitter.capture(() => emitMethodDefinition(emitter, member, info, self)));
	emitter.copy(node.start, node.start + 1);
	if (definitions.length > 0) {
		for (const { member, info } of methods)
			if (isDecorated(member) && !emitter.heldBodies.has(info))
				emitter.write(` static ${emitter.privateGenerators.get(info)};`);
		emitter.write(" static { ");
		if (emitter.decisions.usesHome)
			emitter.write(`const ${homeName(emitter, false)} = ${self}.prototype, ${homeName(emitter, true)} = ${self}; `);
		for (const definition of definitions) emitter.push(definition);
		emitter.write("}");
	}
	emitter.emitWithin(node, node.start + 1, node.end);
}

/** A method: what stays in the class for it. */
export function emitMethod(emitter: Emitter, node: MethodDefinition): void {
	const info = emitter.analysis.infoOf.get(node.value);
	if (info === undefined || !info.compiled) {
		emitter.emitWithin(node, node.start, node.value.start);
		if (info === undefined) emitter.copy(node.value.start, node.value.end);
		else emitUncompiled(emitter, info);
		return;
	}
	emitter.mark(node.start);
	if (info.kind === "private-method") {
		emitPrivateMethod(emitter, node, info);
		return;
	}
	if (node.decorators.length > 0) {
		emitter.emitEach([...node.decorators], node.start, node.decorators.at(-1)!.end);
		emitter.write(" ");
	}
	emitter.write(modifiers(emitter, node));
	if (node.computed) {
		emitter.write(`[${keyTemporary(emitter, info)} = ${emitter.helper("toKey")}(`);
		emitter.emit(node.key);
		emitter.write(")]");
	} else if (node.decorators.length > 0) emitter.copy(node.key.start, node.key.end);
	// The key is mapped where the body is: this one never runs, which coverage must not tell of the method.
	else emitter.push([unmapped, emitter.code.slice(node.key.start, node.key.end)]);
	if (node.decorators.length > 0) emitDecoratedShell(emitter, node, info);
	else emitter.write(`(${placeholders(emitter, info)}) {}`);
}

/** Decorators may run before the static block, so they must be given a shell that works. */
function emitDecoratedShell(emitter: Emitter, node: MethodDefinition, info: FunctionInfo): void {
	const { params, body } = node.value;
	const className = info.classInfo?.name ?? "";
	// The types of the parameters stay: metadata for decorators is made from them.
	if (params.every((parameter) => parameter.type === "Identifier" && parameter.name !== className))
		emitter.copy(node.value.start, body!.start);
	else emitter.write(`(${placeholders(emitter, info)}) `);
	const name =
		info.inferredName === undefined ? `String(${keyTemporary(emitter, info)})` : JSON.stringify(info.inferredName);
	const generator = emitter.heldBodies.get(info) ?? `${className}.${emitter.privateGenerators.get(info)}`;
	const flags = flagsOf(info, emitter.ticks);
	emitter.write(
		`{ return ${emitter.kernel("barePrivate")}(this, ${generator}, arguments, ${emitter.module()}, ${name}, ${flags}); }`,
	);
}

/** Compiled methods in order. One that a later member of its name replaces is left as it is. */
function compiledMethods(emitter: Emitter, body: ClassBody): { member: MethodDefinition; info: FunctionInfo }[] {
	const lastOf = new Map<string, Node>();
	for (const member of body.body) {
		if (member.type !== "MethodDefinition") continue;
		const name = keyName(member.key, member.computed);
		if (name !== undefined && member.value.body !== null) lastOf.set(`${member.static} ${name}`, member);
	}
	const found: { member: MethodDefinition; info: FunctionInfo }[] = [];
	for (const member of body.body) {
		if (member.type !== "MethodDefinition") continue;
		const info = emitter.analysis.infoOf.get(member.value);
		if (info?.compiled !== true) continue;
		const name = keyName(member.key, member.computed);
		if (name !== undefined && lastOf.get(`${member.static} ${name}`) !== member) info.compiled = false;
		else {
			if (isDecorated(member) && isTopLevel(emitter))
				emitter.heldBodies.set(info, emitter.ownTemporary(keyName(member.key, member.computed) ?? "method"));
			else if (info.kind === "private-method" || isDecorated(member))
				emitter.privateGenerators.set(
					info,
					emitter.names.uniquePrivate(`#${keyName(member.key, member.computed)?.replace(/\W/g, "") ?? "method"}`),
				);
			found.push({ member, info });
		}
	}
	return found;
}

/** A class that is made once, so that a variable of the file can hold what belongs to it. */
function isTopLevel(emitter: Emitter): boolean {
	const { node } = emitter.classes.at(-1)!;
	return (emitter.analysis.program.node as Program).body.some((statement) => declared(statement) === node);
}

/** `$k.method(this.prototype, "key", function* (…) {…}, $m, params, flags);` */
function emitMethodDefinition(emitter: Emitter, member: MethodDefinition, info: FunctionInfo, self: string): void {
	if (isDecorated(member)) {
		emitter.mark(member.start);
		const generator = emitter.heldBodies.get(info) ?? `${info.classInfo?.name}.${emitter.privateGenerators.get(info)}`;
		emitter.write(`${generator} = `);
		emitNamedBody(emitter, info, member.key);
		emitter.write("; ");
		return;
	}
	const target = member.static ? self : `${self}.prototype`;
	const key = member.computed ? keyTemporary(emitter, info) : JSON.stringify(keyName(member.key, false));
	emitter.mark(member.start);
	emitter.write(`${emitter.kernel("method")}(${target}, ${key}, `);
	emitNamedBody(emitter, info, member.key);
	emitter.write(`, ${emitter.module()}, ${parameterCount(info)}, ${bodyFlags(emitter, info)}); `);
}

function isDecorated(member: MethodDefinition): boolean {
	return member.decorators.length > 0;
}

/** A private method cannot be replaced: a shell with its generator beside it. */
function emitPrivateMethod(emitter: Emitter, node: MethodDefinition, info: FunctionInfo): void {
	const generator = emitter.privateGenerators.get(info)!;
	const name = info.inferredName ?? "";
	const prefix = modifiers(emitter, node);
	const flags = flagsOf(info, emitter.ticks);
	emitter.write(`${prefix}${name}(${placeholders(emitter, info)}) { return ${emitter.kernel("barePrivate")}(`);
	emitter.write(`this, this.${generator}, arguments, ${emitter.module()}, ${JSON.stringify(name)}, ${flags}); } `);
	emitter.write(`${prefix}*${generator}`);
	emitGenerator(emitter, info);
}

/** The key's temporary; it holds the key from its one evaluation on. */
export function keyTemporary(emitter: Emitter, info: FunctionInfo): string {
	let name = emitter.keyOf.get(info);
	if (name === undefined) {
		name = emitter.ownTemporary("key");
		emitter.keyOf.set(info, name);
	}
	return name;
}

/** `static`, `public`, `override` … as they stood, without `async` and `*`. */
function modifiers(emitter: Emitter, node: MethodDefinition): string {
	const start = node.decorators.at(-1)?.end ?? node.start;
	const text = emitter.code.slice(start, node.key.start).replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, " ");
	const words = text.match(/\b(?:public|private|protected|static|override)\b/g) ?? [];
	return words.map((word) => `${word} `).join("");
}
