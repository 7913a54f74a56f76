import { writeSync } from "node:fs";

const SHOW_CURSOR = "\x1b[?25h";

/**
 * Whatever way the process ends (a second Ctrl-C, an error, `process.exit`), the terminal is left usable. Node itself
 * takes raw mode back when it exits; nobody takes back a hidden cursor.
 */
export function guardTerminal(): void {
	process.on("exit", (code) => {
		if (code === 0) return;
		for (const { isTTY, fd } of [process.stderr, process.stdout]) {
			if (!isTTY) continue;
			try {
				writeSync(fd, SHOW_CURSOR);
			} catch {
				// The terminal is gone; there is nothing to restore.
			}
			return;
		}
	});
}

/** Ends the process once what was written to its outputs has left. */
export async function finish(code: number): Promise<never> {
	await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
	process.exit(code);
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
	return new Promise((resolve) => {
		if (stream.destroyed || stream.writableEnded) resolve();
		else stream.write("", () => resolve());
	});
}
