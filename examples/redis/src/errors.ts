/** The server has refused a command. The connection goes on. */
export class ReplyError extends Error {
	override readonly name: string = "ReplyError";
	/** The first word of what the server said, such as `"WRONGTYPE"`. */
	readonly code: string;
	/** Which command it was, without its arguments. */
	readonly command: string;

	constructor(text: string, command: string) {
		super(`${text} (${command})`);
		this.code = text.split(" ", 1)[0] ?? "";
		this.command = command;
	}
}

/** What has arrived is not the protocol. The connection is of no use any more. */
export class RespProtocolError extends Error {
	override readonly name: string = "RespProtocolError";
	/** How many bytes of the connection stand before the place. */
	readonly position: number;

	constructor(message: string, position: number) {
		super(`${message}, at byte ${position} of the connection`);
		this.position = position;
	}
}

/** The connection was lost before the answer had come. */
export class ConnectionLostError extends Error {
	override readonly name: string = "ConnectionLostError";
	/** Whether the server may have carried the command out all the same. If not, it may be given again. */
	readonly mayHaveRun: boolean;

	constructor(message: string, mayHaveRun: boolean, cause: unknown) {
		super(message, { cause });
		this.mayHaveRun = mayHaveRun;
	}
}
