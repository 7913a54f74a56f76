/** Makes identifiers that no other identifier of the file equals. All begin with `$`. */
export class Names {
	readonly #taken: Set<string>;
	readonly #fixed = new Map<string, string>();

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
		let name = stem;
		for (let number = 1; this.#taken.has(name); number++) name = `${stem}${number}`;
		this.#taken.add(name);
		return name;
	}

	/** A new private name: `#f$g` for `#f`. */
	uniquePrivate(name: string): string {
		let candidate = `${name}$g`;
		for (let number = 1; this.#taken.has(candidate); number++) candidate = `${name}$g${number}`;
		this.#taken.add(candidate);
		return candidate;
	}
}
