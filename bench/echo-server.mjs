/** One contestant of rows/echo.mjs as a process of its own: tells its port, and ends with whoever has started it. */
import * as net from "node:net";
import { compiled, inRun } from "./holdfast.mjs";

const tell = ({ port }) => process.send({ port });
process.on("disconnect", () => process.exit(0));

const servers = {
	native() {
		const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
			socket.on("data", (chunk) => {
				if (!socket.write(chunk)) {
					socket.pause();
					socket.once("drain", () => socket.resume());
				}
			});
			socket.on("end", () => socket.end());
			socket.on("error", () => {});
		});
		server.listen(0, "127.0.0.1", () => tell(server.address()));
	},
	async "holdfast-compiled"() {
		const { serveEcho } = await compiled("echo");
		await inRun(serveEcho, tell);
	},
	async "holdfast-generators"() {
		const { serve } = await import("@holdfast/node");
		const { coroutine } = await import("holdfast");
		const echo = coroutine(function* (stream) {
			for (;;) {
				const chunk = yield* stream.read();
				if (chunk === undefined) {
					return;
				}
				yield* stream.write(chunk);
			}
		});
		await inRun(() => serve(echo, { port: 0, onListening: tell }));
	},
};
await servers[process.argv[2]]();
