/** A client of Node's own, so that servers are tested by somebody else than themselves. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A connection that speaks in lines. */
export class LineClient {
	readonly socket: Socket;
	/** Settles with `undefined` at a clean end, else with the error that has broken the connection. */
	readonly closed: Promise<Error | undefined>;
	#text = "";
	#over = false;
	#wake: (() => void) | undefined;

	private constructor(socket: Socket) {
		this.socket = socket;
		let error: Error | undefined;
		socket.on("error", (reason) => {
			error = reason;
		});
		const over = () => {
			this.#over = true;
			this.#wake?.();
		};
		this.closed = new Promise((resolve) => {
			socket.once("close", () => {
				over();
				resolve(error);
			});
		});
		socket.once("end", over);
		socket.setEncoding("utf8").on("data", (chunk: string) => {
			this.#text += chunk;
			this.#wake?.();
		});
	}

	static async connect(port: number): Promise<LineClient> {
		const socket = connect(port, "127.0.0.1");
		await once(socket, "connect");
		return new LineClient(socket);
	}

	say(line: string): void {
		this.socket.write(`${line}\n`);
	}

	/** The next line; `undefined` at the end, of whatever kind. */
	async hears(): Promise<string | undefined> {
		for (;;) {
			const end = this.#text.indexOf("\n");
			if (end >= 0) {
				const line = this.#text.slice(0, end);
				this.#text = this.#text.slice(end + 1);
				return line;
			}
			if (this.#over) return undefined;
			await new Promise<void>((resolve) => {
				this.#wake = resolve;
			});
		}
	}

	[Symbol.dispose](): void {
		this.socket.destroy();
	}
}

/** Whether nobody listens there any more. */
export async function isFree(port: number): Promise<boolean> {
	const socket = connect(port, "127.0.0.1");
	return await new Promise((resolve) => {
		socket.once("error", () => resolve(true));
		socket.once("connect", () => {
			socket.destroy();
			resolve(false);
		});
	});
}
