import type { BlockStatement, ExpressionStatement } from "oxc-parser";
import type { Node } from "./ast.ts";
import { declared, isUsing } from "./declarations.ts";
import { readDirectives } from "./directives.ts";
import type { Emitter } from "./emitter.ts";
import type { FunctionInfo } from "./function-info.ts";
import { firstCharacter } from "./pieces.ts";
import { emitDisposal } from "./using.ts";

/** A list of statements and the text around them that belongs to it. */
export interface StatementList {
	readonly statements: readonly Node[];
	readonly start: number;
	readonly end: number;
	/** `early`: functions may be called before the first statement runs, as in a module of an import cycle. */
	readonly kind: "early" | "body" | "block";
	/** Where the prologue goes if no directive stands first. Default: `start`. */
	readonly head?: number;
	/** The list is the body of this function, which may begin with directives and declares temporaries. */
	readonly host?: FunctionInfo;
}

/** Emits a list of statements. `prologue` is written after the directives, once the temporaries are known. */
export function emitList(
	emitter: Emitter,
	list: StatementList,
	prologue: (temporaries: ReadonlySet<string>) => string = () => "",
): void {
	const { statements, host } = list;
	const count = host === undefined ? 0 : readDirectives(statements).count;
	const lastDirective = statements[count - 1];
	const start = list.head ?? lastDirective?.end ?? list.start;
	const rest = statements.slice(count);
	emitter.copy(list.start, start);
	if (lastDirective !== undefined && emitter.code[lastDirective.end - 1] !== ";") emitter.write(";");
	let temporaries: ReadonlySet<string> = new Set();
	const piece = emitter.capture(() => {
		if (host === undefined) emitGuarded(emitter, { ...list, statements: rest, start });
		else temporaries = emitter.inHost(host, () => emitGuarded(emitter, { ...list, statements: rest, start }));
	});
	const head = prologue(temporaries);
	if (head !== "") emitter.write(` ${head}`);
	emitter.push(piece);
}

/** What a function body begins with: its temporaries, and constants for the arrow functions in it. */
export function bodyPrologue(emitter: Emitter, host: FunctionInfo, temporaries: ReadonlySet<string>): string {
	const parts: string[] = [];
	if (temporaries.size > 0) parts.push(`let ${[...temporaries].join(", ")};`);
	if (host.capturesArguments) parts.push(`const ${emitter.names.of("arguments")} = arguments;`);
	if (host.capturesTarget) parts.push(`const ${emitter.names.of("target")} = new.target;`);
	return parts.join(" ");
}

/** Emits a block; `head` is put first in it. */
export function emitBlock(emitter: Emitter, block: BlockStatement, head = ""): void {
	emitter.write("{");
	if (head !== "") emitter.write(` ${head}`);
	emitList(emitter, { statements: block.body, start: block.start + 1, end: block.end - 1, kind: "block" });
	emitter.write("}");
}

/** The whole list goes into the `try` of its disposer, so that every name stays visible where it was. */
function emitGuarded(emitter: Emitter, list: StatementList): void {
	const usings = list.statements.filter(isUsing);
	if (usings.length === 0 || !lowersUsing(emitter, list)) {
		emitStatements(emitter, list);
		return;
	}
	for (const using of usings) emitter.loweredUsing.add(using);
	const isAsync = usings.some((using) => (using as { kind: string }).kind === "await using");
	emitDisposal(emitter, isAsync, usings[0]!.start, () => emitStatements(emitter, list));
}

/** `using` at the top of a module stands beside `export`: it is left to the tool that comes after. */
function lowersUsing(emitter: Emitter, list: StatementList): boolean {
	const { current } = emitter;
	if (current.compiled) return true;
	if (current.isAsync || list.host?.kind === "program") return false;
	return !list.statements.some(
		(statement) => statement.type === "VariableDeclaration" && statement.kind === "await using",
	);
}

function emitStatements(emitter: Emitter, list: StatementList): void {
	emitDefinitions(emitter, list);
	let cursor = list.start;
	for (const statement of list.statements) {
		emitter.copy(cursor, statement.start);
		if (statement.type === "ExpressionStatement") emitExpressionStatement(emitter, statement);
		else emitter.emit(statement);
		cursor = statement.end;
	}
	emitter.copy(cursor, list.end);
}

/** A statement whose first token becomes `(` would continue a line before it that has no semicolon. */
export function emitExpressionStatement(emitter: Emitter, node: ExpressionStatement): void {
	const piece = emitter.capture(() => emitter.emit(node));
	if (firstCharacter(piece, emitter.code) === "(" && emitter.code[node.start] !== "(") emitter.write(";");
	emitter.push(piece);
}

/** Makes the entries of the list's compiled function declarations. */
function emitDefinitions(emitter: Emitter, list: StatementList): void {
	for (const statement of list.statements) {
		const node = declared(statement);
		if (node.type !== "FunctionDeclaration") continue;
		const info = emitter.analysis.infoOf.get(node);
		if (info?.compiled !== true) continue;
		const name = node.id?.name;
		const declaration = {
			entry: emitter.names.unique(`e_${name ?? "default"}`),
			maker: emitter.names.unique(name ?? "default"),
			shell: name ?? emitter.names.unique("shell_default"),
			isEarly: list.kind === "early",
			isMoved: list.kind === "block" && info.parent?.strict === false,
		};
		emitter.declarations.set(info, declaration);
		if (list.host?.kind === "program" && name !== undefined && !declaration.isMoved && !info.isGenerator)
			emitter.know(name, info);
	}
	for (const statement of list.statements) {
		const node = declared(statement);
		const info = emitter.analysis.infoOf.get(node);
		const declaration = info && emitter.declarations.get(info);
		if (node.type !== "FunctionDeclaration" || info === undefined || declaration === undefined) continue;
		const name = node.id?.name;
		if (declaration.isMoved) {
			emitter.write(` let ${name} = `);
			emitter.dispatch("MovedDeclaration", node);
			emitter.write(";");
		} else if (declaration.isEarly) {
			emitter.definitions.push(`${declaration.entry} = ${declaration.maker}();`);
		} else emitter.write(` const ${declaration.entry} = ${declaration.maker}();`);
	}
}
