import { connect, type NetConnectOpts, Socket } from "node:net";

/** A client of bytes: says what it is told to, and keeps what it hears. */
export class RawClient {
	readonly socket: Socket;
	/** All that has been heard, each byte a character. */
	heard = "";
	/** Settles when the connection is closed: the code of its error, or `""`. */
	readonly closed: Promise<string>;
	#changed: () => void = () => {};

	constructor(where: number | NetConnectOpts | Socket) {
		if (where instanceof Socket) this.socket = where;
		else this.socket = typeof where === "number" ? connect(where, "127.0.0.1") : connect(where);
		this.socket.setEncoding("latin1");
		this.socket.on("data", (text: string) => {
			this.heard += text;
			this.#changed();
		});
		let code = "";
		this.socket.on("error", (error: NodeJS.ErrnoException) => {
			code = error.code ?? error.message;
		});
		this.closed = new Promise((resolve) => {
			this.socket.on("close", () => {
				resolve(code);
				this.#changed();
			});
		});
	}

	say(...lines: string[]): this {
		this.socket.write(lines.join("\r\n"));
		return this;
	}

	/** Asks for `path` by GET, on a connection that may be kept. */
	get(path: string, ...headers: string[]): this {
		return this.say(`GET ${path} HTTP/1.1`, "Host: here", ...headers, "", "");
	}

	/** Waits until this was heard; fails if the connection closes before. */
	async until(pattern: RegExp | string): Promise<string> {
		for (;;) {
			const found = typeof pattern === "string" ? this.heard.includes(pattern) : pattern.test(this.heard);
			if (found) return this.heard;
			if (this.socket.closed) throw new Error(`closed without ${pattern}; heard ${JSON.stringify(this.heard)}`);
			await new Promise<void>((resolve) => {
				this.#changed = resolve;
			});
		}
	}

	/** The status lines that were heard. */
	get statuses(): string[] {
		return [...this.heard.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => status as string);
	}

	leave(): void {
		this.socket.destroy();
	}
}
