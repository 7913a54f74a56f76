/** Makes identifiers that no other identifier of the file equals. All begin with `$`. */
export class Names {
	readonly #taken: Set<string>;
	readonly #fixed = new Map<string, string>();
	/** The number that is tried next for each stem. */
	readonly #next = new Map<string, number>();

	constructor(taken: Set<string>) {
		this.#taken = taken;
	}

	/** The file's one identifier for a purpose: `of("t")` is `$t` wherever `$t` is free. */
	of(purpose: string): string {
		let name = this.#fixed.get(purpose);
		if (name === undefined) {
			name = this.unique(purpose);
			this.#fixed.set(purpose, name);
		}
		return name;
	}

	/** A new identifier for each call, `$` and `base` if that is free. */
	unique(base: string): string {
		const stem = `$${/^[\p{ID_Continue}$]+$/u.test(base) ? base : "anonymous"}`;
		return this.#free(stem);
	}

	/** A new private name: `#f$g` for `#f`. */
	uniquePrivate(name: string): string {
		return this.#free(`${name}$g`);
	}

	#free(stem: string): string {
		let number = this.#next.get(stem) ?? 0;
		let name: string;
		do {
			name = number === 0 ? stem : `${stem}${number}`;
			number++;
		} while (this.#taken.has(name));
		this.#next.set(stem, number);
		this.#taken.add(name);
		return name;
	}
}
