/** Turns offsets of a text into lines and columns. */
export class Positions {
	/** The offset at which each line begins, ascending; the first is 0. */
	readonly #starts: number[] = [0];

	constructor(code: string) {
		for (let index = code.indexOf("\n"); index !== -1; index = code.indexOf("\n", index + 1))
			this.#starts.push(index + 1);
	}

	/** The 0-based index of the line that holds `offset`. */
	lineIndex(offset: number): number {
		const starts = this.#starts;
		let low = 0;
		let high = starts.length - 1;
		while (low < high) {
			const middle = (low + high + 1) >> 1;
			if (starts[middle]! <= offset) low = middle;
			else high = middle - 1;
		}
		return low;
	}

	/** The offset at which a 0-based line begins. */
	lineStart(index: number): number {
		return this.#starts[index] ?? Number.POSITIVE_INFINITY;
	}

	/** Line and column, both counted from 1. */
	at(offset: number): { line: number; column: number } {
		const index = this.lineIndex(offset);
		return { line: index + 1, column: offset - this.#starts[index]! + 1 };
	}
}
