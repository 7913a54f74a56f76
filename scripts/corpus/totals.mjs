// How many functions took which form, and why.

/** Counts of one package, or of all. */
export class Totals {
	/** @param {string} name */
	constructor(name) {
		this.name = name;
		/** Files that were compiled. */
		this.files = 0;
		/** Their bytes. */
		this.bytes = 0;
		/** Functions with an await of their own, async generators included. */
		this.awaiting = { plain: 0, generator: 0, native: 0 };
		/** Async generators with an await of their own. */
		this.generators = { plain: 0, generator: 0, native: 0 };
		/** Async functions without one. */
		this.silent = { plain: 0, generator: 0, native: 0 };
		/** Why functions with an await are not plain. @type {Map<string, number>} */
		this.reasons = new Map();
	}

	/** @param {{ source: string, changed: boolean, functions: import("@holdfast/compiler").FunctionReport[] }} result */
	add({ source, changed, functions }) {
		if (changed) {
			this.files += 1;
			this.bytes += Buffer.byteLength(source);
		}
		for (const { form, hasAwait, isGenerator, reason } of functions) {
			(hasAwait ? this.awaiting : this.silent)[form] += 1;
			if (!hasAwait) continue;
			if (isGenerator) this.generators[form] += 1;
			if (form !== "plain") this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
		}
	}

	/** @param {Totals} other */
	merge(other) {
		this.files += other.files;
		this.bytes += other.bytes;
		for (const kind of ["awaiting", "generators", "silent"])
			for (const form of ["plain", "generator", "native"]) this[kind][form] += other[kind][form];
		for (const [reason, count] of other.reasons) this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + count);
	}

	/** Plain functions among those with an await. */
	percentage(counts = this.awaiting) {
		const all = countOf(counts);
		return all === 0 ? 100 : (counts.plain / all) * 100;
	}

	line() {
		const { plain, generator, native } = this.awaiting;
		return `${this.name}: ${this.files} files, ${countOf(this.awaiting)} functions with an await: ${plain} plain, ${generator} generators, ${native} native (${this.percentage().toFixed(1)} %)`;
	}
}

export function countOf({ plain, generator, native }) {
	return plain + generator + native;
}
