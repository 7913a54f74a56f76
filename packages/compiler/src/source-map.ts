import { flatten, type Piece } from "./pieces.ts";
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

/** The map of `output`: a segment at every word of source text, and at every mark. */
export function renderMap(output: Piece, code: string, source: string): SourceMap {
	const positions = new Positions(code);
	let mappings = "";
	let generatedColumn = 0;
	let lineIsEmpty = true;
	// What the last segment held; the format stores differences.
	let lastGenerated = 0;
	let lastLine = 0;
	let lastColumn = 0;

	const segment = (line: number, column: number): void => {
		if (!lineIsEmpty) {
			if (lastGenerated === generatedColumn && lastLine === line && lastColumn === column) return;
			mappings += ",";
		}
		mappings += digits(generatedColumn - lastGenerated);
		mappings += "A";
		mappings += digits(line - lastLine);
		mappings += digits(column - lastColumn);
		lastGenerated = generatedColumn;
		lastLine = line;
		lastColumn = column;
		lineIsEmpty = false;
	};
	const newLine = (): void => {
		mappings += ";";
		generatedColumn = 0;
		lastGenerated = 0;
		lineIsEmpty = true;
	};

	flatten(output, (leaf) => {
		if (typeof leaf === "string") {
			for (let index = leaf.indexOf("\n"); index !== -1; index = leaf.indexOf("\n", index + 1)) newLine();
			generatedColumn += leaf.length - (leaf.lastIndexOf("\n") + 1);
			return;
		}
		let line = positions.lineIndex(leaf.start);
		let column = leaf.start - positions.lineStart(line);
		segment(line, column);
		let previousIsWord = true;
		for (let offset = leaf.start; offset < leaf.end; offset++) {
			const character = code.charCodeAt(offset);
			if (character === 10) {
				newLine();
				line++;
				column = 0;
				previousIsWord = false;
				continue;
			}
			const word = isWord(character);
			// A segment at each beginning of a word, and at each sign that follows a word.
			if (character > 32 && (word !== previousIsWord || lineIsEmpty)) segment(line, column);
			previousIsWord = word;
			column++;
			generatedColumn++;
		}
	});
	return { version: 3, sources: [source], sourcesContent: [code], names: [], mappings };
}

function isWord(character: number): boolean {
	return (
		(character >= 97 && character <= 122) ||
		(character >= 65 && character <= 90) ||
		(character >= 48 && character <= 57) ||
		character === 95 ||
		character === 36 ||
		character > 127
	);
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** A number in base 64, five bits a digit, the sign lowest. */
function digits(value: number): string {
	let rest = value < 0 ? (-value << 1) | 1 : value << 1;
	if (rest < 32) return alphabet[rest]!;
	let text = "";
	do {
		let digit = rest & 31;
		rest >>>= 5;
		if (rest > 0) digit |= 32;
		text += alphabet[digit];
	} while (rest > 0);
	return text;
}
