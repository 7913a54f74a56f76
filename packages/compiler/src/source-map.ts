import { flatten, type Piece, unmapped } from "./pieces.ts";
import { Positions } from "./positions.ts";

/** A source map, version 3. */
export interface SourceMap {
	readonly version: 3;
	readonly file?: string;
	readonly sources: string[];
	readonly sourcesContent: string[];
	readonly names: string[];
	readonly mappings: string;
}

/** The text of `output`. */
export function renderCode(output: Piece, code: string): string {
	let text = "";
	flatten(output, (leaf) => {
		text += typeof leaf === "string" ? leaf : code.slice(leaf.start, leaf.end);
	});
	return text;
}

/** The map of `output`: a segment at every word of source text, at every sign behind a word, and at every mark. */
export function renderMap(output: Piece, code: string, source: string): SourceMap {
	const positions = new Positions(code);
	let bytes = buffer;
	let length = 0;
	let generatedColumn = 0;
	let lineIsEmpty = true;
	// What the last segment held; the format stores differences.
	let lastGenerated = 0;
	let lastLine = 0;
	let lastColumn = 0;
	let isHeld = false;
	let heldColumn = 0;
	let heldLine = 0;
	let heldSource = 0;
	// Where the source stood when what came last from it ended; -1 where nothing is mapped.
	let endLine = -1;
	let endColumn = 0;

	/** A number in base 64, five bits a digit, the sign lowest. */
	const number = (value: number): void => {
		let rest = value < 0 ? (-value << 1) | 1 : value << 1;
		while (rest > 31) {
			bytes[length++] = digits[(rest & 31) | 32]!;
			rest >>>= 5;
		}
		bytes[length++] = digits[rest]!;
	};
	const reserve = (): void => {
		if (length + longestSegment < bytes.length) return;
		buffer = new Uint8Array(bytes.length * 2);
		buffer.set(bytes);
		bytes = buffer;
	};
	/** Writes what {@link segment} has held back. */
	const flush = (): void => {
		if (!isHeld) return;
		isHeld = false;
		reserve();
		if (!lineIsEmpty) bytes[length++] = COMMA;
		number(heldColumn - lastGenerated);
		lastGenerated = heldColumn;
		lineIsEmpty = false;
		if (heldLine < 0) return;
		bytes[length++] = A;
		number(heldLine - lastLine);
		number(heldSource - lastColumn);
		lastLine = heldLine;
		lastColumn = heldSource;
	};
	/** Of several places for one column the last counts: the source's own word there, before the mark of what it is part of. */
	const segment = (line: number, column: number): void => {
		if (heldColumn !== generatedColumn) flush();
		isHeld = true;
		heldColumn = generatedColumn;
		heldLine = line;
		heldSource = column;
	};
	const newLine = (): void => {
		flush();
		reserve();
		bytes[length++] = SEMICOLON;
		generatedColumn = 0;
		lastGenerated = 0;
		lineIsEmpty = true;
	};

	flatten(output, (leaf) => {
		if (typeof leaf === "string") {
			// The end of a block, first on its line: tools for coverage ask where blocks end.
			if (lineIsEmpty && !isHeld && endLine >= 0 && /^ ?\}/.test(leaf)) segment(endLine, endColumn);
			const end = leaf.lastIndexOf("\n");
			if (end !== -1) for (let at = leaf.indexOf("\n"); at !== -1; at = leaf.indexOf("\n", at + 1)) newLine();
			generatedColumn += leaf.length - (end + 1);
			return;
		}
		if (leaf === unmapped) {
			segment(-1, 0);
			endLine = -1;
			return;
		}
		const { start, end } = leaf;
		let line = positions.lineIndex(start);
		// Column of the source and of the output, each seen from the offset in the source.
		let lineStart = positions.lineStart(line);
		let shift = generatedColumn - start;
		segment(line, start - lineStart);
		let previous = WORD;
		for (let offset = start; offset < end; offset++) {
			const character = code.charCodeAt(offset);
			const kind = character < 128 ? kinds[character]! : WORD;
			if (kind === SPACE) previous = SIGN;
			else if (kind === LINE_FEED) {
				newLine();
				line++;
				lineStart = offset + 1;
				shift = -lineStart;
				previous = SIGN;
			} else if (kind !== previous || (lineIsEmpty && !isHeld)) {
				generatedColumn = offset + shift;
				segment(line, offset - lineStart);
				previous = kind;
			}
		}
		generatedColumn = end + shift;
		endLine = line;
		endColumn = end - lineStart;
	});
	flush();
	const mappings = new TextDecoder("latin1").decode(bytes.subarray(0, length));
	return { version: 3, sources: [source], sourcesContent: [code], names: [], mappings };
}

/** Grows to the longest map, and is used again: a text that grows by single characters is slow. */
let buffer = new Uint8Array(1 << 16);
/** A comma and four numbers of 32 bits. */
const longestSegment = 1 + 4 * 7;

const COMMA = 44;
const SEMICOLON = 59;
const A = 65;
const digits: Uint8Array = /* @__PURE__ */ new TextEncoder().encode(
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
);

const SIGN = 0;
const WORD = 1;
const SPACE = 2;
const LINE_FEED = 3;
/** What each character of ASCII is; all others count as parts of words. */
const kinds: Uint8Array = /* @__PURE__ */ Uint8Array.from({ length: 128 }, (_, character) =>
	character === 10 ? LINE_FEED : character <= 32 ? SPACE : /[\w$]/.test(String.fromCharCode(character)) ? WORD : SIGN,
);
