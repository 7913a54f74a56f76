/** What is in a queue, in the order in which it will leave. */
export interface Store<T> {
	readonly size: number;
	/** May throw; then nothing has changed. */
	push(item: T): void;
	/** The next item; there has to be one. May throw; then nothing has changed. */
	shift(): T;
	clear(): void;
}

/** First in, first out, in an array whose front is cut off now and then: both ends are O(1), amortized. */
export class Fifo<T> implements Store<T> {
	#items: (T | undefined)[] = [];
	#head = 0;

	get size(): number {
		return this.#items.length - this.#head;
	}

	push(item: T): void {
		this.#items.push(item);
	}

	shift(): T {
		const item = this.#items[this.#head] as T;
		this.#items[this.#head++] = undefined;
		if (this.#head * 2 > this.#items.length && (this.#head > 64 || this.#head === this.#items.length)) {
			this.#items.splice(0, this.#head);
			this.#head = 0;
		}
		return item;
	}

	clear(): void {
		this.#items = [];
		this.#head = 0;
	}
}
