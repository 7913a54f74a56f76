/** A queue whose first item is taken without moving the others. */
export class Fifo<T> {
	#items: T[] = [];
	#first = 0;

	get size(): number {
		return this.#items.length - this.#first;
	}

	push(item: T): void {
		this.#items.push(item);
	}

	/** Puts these before all others, in their order. */
	putBack(items: readonly T[]): void {
		this.#items = [...items, ...this.#items.slice(this.#first)];
		this.#first = 0;
	}

	peek(): T | undefined {
		return this.#items[this.#first];
	}

	shift(): T | undefined {
		const item = this.#items[this.#first];
		if (this.#first < this.#items.length) this.#first++;
		if (this.#first > 1_000 && this.#first * 2 > this.#items.length) this.putBack([]);
		return item;
	}

	takeAll(): T[] {
		const items = this.#items.slice(this.#first);
		this.#items = [];
		this.#first = 0;
		return items;
	}
}
