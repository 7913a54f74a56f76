import type { Node } from "./ast.ts";
import type { Emitter } from "./emitter.ts";
import type { FunctionInfo } from "./function-info.ts";
import { flatten, type Piece } from "./pieces.ts";

/** What a call is made of. Each part is emitted once, in this order. */
export interface CallParts {
	readonly text: string;
	emitCallee(): void;
	/** Undefined: called without `this`. */
	readonly emitThis: (() => void) | undefined;
	readonly args: readonly Node[];
	/** The function that is called, where that is certain. */
	readonly known?: FunctionInfo | undefined;
}

/**
 * Emits a call that the site makes itself: the engine sees who is called here, and can take the callee's body in.
 * What is no compiled function, or comes too deep, goes by way of the kernel.
 */
export function emitDirect(emitter: Emitter, { text, emitCallee, emitThis, args, known }: CallParts): void {
	if (known !== undefined) {
		emitKnown(emitter, known, beginningOf(emitter.capture(emitCallee)), text, args);
		return;
	}
	const [entry, body] = [emitter.temporary("entry"), emitter.temporary("body")];
	const value = emitter.plainOf.get(emitter.current)!.name("got");
	const state = emitter.constant("state");
	const piece = emitter.capture(emitCallee);
	const name = soleName(emitter, piece);
	const callee = name ?? emitter.temporary("callee");
	const found: Piece = name !== undefined ? piece : [`(${callee} = `, piece, ")"];
	const lookUp: Piece = [`(${entry} = `, found, `?.[${emitter.constant("corocall")}])`];
	const given = captureArguments(emitter, args);
	const emitCall = (looked: Piece): void => {
		emitter.push([`(${state}.depth++, ${value} = ((${body} = `, looked, `.body) !== void 0 && ${entry}.shell1 === `]);
		emitter.write(
			`${callee} && ${state}.depth < ${state}.limit ? ${body} : (${entry} = ${callee}, ${emitter.kernel("other")}))`,
		);
		if (emitThis === undefined) emitter.write("(");
		else {
			emitter.write(".call(");
			emitThis();
			emitter.write(", ");
		}
		emitter.push([`${entry}, ${JSON.stringify(text)}${args.length > 0 ? ", " : ""}`, given]);
		emitter.write(`), ${state}.depth--, ${value})`);
	};
	if (lengthOf(given) > LONG) {
		emitCall([lookUp, "?"]);
		return;
	}
	// What is no compiled function is called here, too: it sees who calls it, and no list of arguments is made.
	const await_ = emitter.kernel("await");
	emitter.push(["(", lookUp, " === void 0"]);
	// The engine's own words for what is no function name it; a temporary would be the wrong name.
	if (callee !== text) emitter.write(` && typeof ${callee} === "function"`);
	if (emitThis === undefined) emitter.write(` ? ${await_}(${callee}(`);
	else {
		emitter.write(` ? ${await_}(${emitter.kernel("apply")}(${callee}, `);
		emitThis();
		emitter.write(", [");
	}
	emitter.push(given);
	emitter.push([beginningOf(piece), emitThis === undefined ? ")) : " : "])) : "]);
	emitCall(callee === text ? entry : `${entry}?`);
	emitter.write(")");
}

/** Ties what follows to where a piece begins in the source. */
function beginningOf(piece: Piece): Piece {
	let start = -1;
	flatten(piece, (leaf) => {
		if (start === -1 && typeof leaf !== "string") start = leaf.start;
	});
	return start === -1 ? "" : { start, end: start };
}

/** Arguments of more characters are not written twice. */
const LONG = 60;

function lengthOf(piece: Piece): number {
	let length = 0;
	flatten(piece, (leaf) => {
		length += typeof leaf === "string" ? leaf.length : leaf.end - leaf.start;
	});
	return length;
}

/** Emits the call of a function that the file declares and nothing can replace: there is nothing to look up. */
function emitKnown(emitter: Emitter, known: FunctionInfo, place: Piece, text: string, args: readonly Node[]): void {
	const value = emitter.plainOf.get(emitter.current)!.name("got");
	const state = emitter.constant("state");
	const { entry } = emitter.declarations.get(known)!;
	// Tools that come after this one keep the places of words, not of brackets: the last word before the call has it, too.
	emitter.push([place, `(${value} = (${state}.depth++ < ${state}.limit ? `, emitter.bodyLater(known), " : ", place]);
	emitter.push([`${emitter.kernel("later")})`, place, `(${entry}, ${JSON.stringify(text)}`]);
	emitArguments(emitter, args, true);
	emitter.write(`), ${state}.depth--, ${value})`);
}

/** A piece that is nothing but a name. */
function soleName(emitter: Emitter, piece: Piece): string | undefined {
	let name: string | undefined;
	let count = 0;
	flatten(piece, (leaf) => {
		const text = typeof leaf === "string" ? leaf : emitter.code.slice(leaf.start, leaf.end);
		if (text === "") return;
		name = text;
		count++;
	});
	return count === 1 && /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name!) && name !== "super" ? name : undefined;
}

/** Emits `, a, b`, or `, [a, b]`. */
export function emitArguments(emitter: Emitter, args: readonly Node[], isFixed: boolean): void {
	const piece = captureArguments(emitter, args);
	if (!isFixed) emitter.push([", [", piece, "]"]);
	else if (args.length > 0) emitter.push([", ", piece]);
}

function captureArguments(emitter: Emitter, args: readonly Node[]): Piece {
	return emitter.capture(() => {
		args.forEach((argument, index) => {
			if (index > 0) emitter.write(", ");
			emitter.emit(argument);
		});
	});
}
