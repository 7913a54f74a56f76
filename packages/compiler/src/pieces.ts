/**
 * Output under construction: text that the compiler made, ranges of the source, and nested output.
 * A range whose `start` equals its `end` only ties what follows to that place in the source.
 */
export type Piece = string | Range | Piece[];

/** The source text from `start` to `end`. */
export interface Range {
	readonly start: number;
	readonly end: number;
}

/** What follows, up to the next range, comes from nowhere in the source: debuggers pass over it. */
export const unmapped: Range = { start: -1, end: -1 };

/** Calls `visit` for every text and range of a piece, in order. */
export function flatten(piece: Piece, visit: (leaf: string | Range) => void): void {
	if (!Array.isArray(piece)) visit(piece);
	else for (const part of piece) flatten(part, visit);
}

/** The first character of a piece, or `""`. */
export function firstCharacter(piece: Piece, code: string): string {
	if (typeof piece === "string") return piece.charAt(0);
	if (!Array.isArray(piece)) return piece.start < piece.end ? code.charAt(piece.start) : "";
	for (const part of piece) {
		const first = firstCharacter(part, code);
		if (first !== "") return first;
	}
	return "";
}
