import { call } from "holdfast";
import type { WholeAnswer } from "./fetch-whole.ts";

/** An answer whose body is there: what reads it waits for nothing, so that it works in a synchronous run. */
export function wholeResponse(answer: WholeAnswer): Response {
	made ??= makeClass();
	return new made(answer);
}

export function isWhole(response: Response): boolean {
	return made !== undefined && response instanceof made;
}

let made: ReturnType<typeof makeClass> | undefined;

/** When it is needed: whoever names the global `Response` makes Node load its `fetch`. */
function makeClass(): new (answer: WholeAnswer) => Response {
	return class WholeResponse extends Response {
		readonly #answer: WholeAnswer;
		#used = false;

		constructor(answer: WholeAnswer) {
			const { body, status, statusText, headers } = answer;
			super(body, { status, statusText, headers: headers as [string, string][] });
			this.#answer = answer;
		}

		override get url(): string {
			return this.#answer.url;
		}

		override get redirected(): boolean {
			return this.#answer.redirected;
		}

		override get type(): ResponseType {
			return this.#answer.type;
		}

		override get bodyUsed(): boolean {
			return this.#used || super.bodyUsed;
		}

		override text(): Promise<string> {
			return this.#read(() => new TextDecoder().decode(this.#take()));
		}

		override json(): Promise<unknown> {
			return this.#read(() => JSON.parse(new TextDecoder().decode(this.#take())));
		}

		override arrayBuffer(): Promise<ArrayBuffer> {
			return this.#read(() => this.#take().slice().buffer);
		}

		override bytes(): Promise<Uint8Array<ArrayBuffer>> {
			return this.#read(() => this.#take().slice());
		}

		override blob(): Promise<Blob> {
			return this.#read(() => new Blob([this.#take()], { type: this.headers.get("content-type") ?? "" }));
		}

		override clone(): WholeResponse {
			if (this.bodyUsed) throw new TypeError("The body of this answer was read already: clone it before.");
			return new WholeResponse(this.#answer);
		}

		/** The language's type asks for a promise; whoever awaits a coroutine gets the same. */
		#read<T>(read: () => T): Promise<T> {
			return call(read) as unknown as Promise<T>;
		}

		#take(): Uint8Array<ArrayBuffer> {
			if (this.bodyUsed) throw new TypeError("The body of this answer was read already.");
			this.#used = true;
			return this.#answer.body ?? new Uint8Array();
		}
	};
}
