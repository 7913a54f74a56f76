import type { VariableDeclaration } from "oxc-parser";
import type { Node } from "./ast.ts";
import { emitConditionalSuspension } from "./calls.ts";
import type { Emitter } from "./emitter.ts";
import { emitNamed, emitUnderName } from "./naming.ts";
import { emitTarget } from "./plain-targets.ts";

/** Emits statements inside a `try` whose `finally` disposes what they have registered. */
export function emitDisposal(emitter: Emitter, isAsync: boolean, offset: number, emitBody: () => void): void {
	const disposer = emitter.names.of("disposer");
	const error = emitter.names.of("error");
	const isNative = emitter.ticks === "native" ? "true" : "";
	emitter.write(` const ${disposer} = ${emitter.kernel("disposer")}(${isNative}); try {`);
	emitBody();
	emitter.write(`} catch (${error}) { ${disposer}.failed(${error}); } finally { `);
	if (!emitter.current.compiled) {
		emitter.write(`${disposer}.disposeSync(); }`);
		return;
	}
	emitProtected(emitter, () => {
		emitter.mark(offset);
		if (isAsync) emitConditionalSuspension(emitter, emitter.site(offset), () => emitter.write(`${disposer}.dispose()`));
		else emitter.write(`${disposer}.disposeSync()`);
		emitter.write(";");
	});
	emitter.write(" }");
}

/** Emits a cleanup region. */
export function emitProtected(emitter: Emitter, emitBody: () => void): void {
	const depth = emitter.names.of("depth");
	emitter.write(`const ${depth} = ${emitter.kernel("cleanupEnter")}(); try { `);
	emitBody();
	emitter.write(` } finally { ${emitter.kernel("cleanupLeave")}(${depth}); }`);
}

/** `using x = e` becomes `const x = $disposer.use(e)` where its list has a disposer. */
export function emitVariables(emitter: Emitter, node: VariableDeclaration): void {
	if (emitter.rewritten.has(node)) {
		emitAssignments(emitter, node);
		return;
	}
	if (!emitter.loweredUsing.has(node)) {
		emitter.emitWithin(node, node.start, node.end);
		return;
	}
	const use = node.kind === "await using" ? "useAsync" : "use";
	emitter.mark(node.start);
	emitter.write("const ");
	node.declarations.forEach((declarator, index) => {
		if (index > 0) emitter.write(", ");
		emitter.emit(declarator.id);
		emitter.write(` = ${disposerName(emitter, node)}.${use}(`);
		if (declarator.init !== null) emitUnderName(emitter, declarator.init, (declarator.id as { name: string }).name);
		emitter.write(")");
	});
	emitter.write(";");
}

function disposerName(emitter: Emitter, declaration: Node): string {
	return emitter.disposerOf.get(declaration) ?? emitter.names.of("disposer");
}

/** A declaration whose names are declared elsewhere. */
function emitAssignments(emitter: Emitter, node: VariableDeclaration): void {
	const plain = emitter.plainOf.get(emitter.current)!;
	const given = node.declarations.filter((declarator) => declarator.init !== null);
	emitter.mark(node.start);
	// The head of a `for…of`, or a declaration without a value.
	if (given.length === 0) emitTarget(plain, node.declarations[0]!.id);
	given.forEach((declarator, index) => {
		if (index > 0) emitter.write(", ");
		// Nothing that begins with a parenthesis or a bracket may stand first: it would continue the line before.
		const isPattern = declarator.id.type !== "Identifier";
		if (isPattern) emitter.write(index === 0 ? "void 0, (" : "(");
		emitTarget(plain, declarator.id);
		emitter.write(" = ");
		const isResource = node.kind === "using" || node.kind === "await using";
		if (isResource) emitter.write(`${disposerName(emitter, node)}.${node.kind === "using" ? "use" : "useAsync"}(`);
		if (isResource) emitUnderName(emitter, declarator.init!, (declarator.id as { name: string }).name);
		else emitNamed(emitter, declarator.id, declarator.init!);
		if (isResource) emitter.write(")");
		if (isPattern) emitter.write(")");
	});
	if (emitter.code[node.end - 1] === ";") emitter.write(";");
}
