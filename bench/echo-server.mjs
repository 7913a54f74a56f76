/**
 * One contestant of rows/echo.mjs as a process of its own: tells its port, how much processor time it has used when it is
 * asked, and ends with whoever has started it. `echo-server.mjs CONTESTANT [URL of the compiled program]`.
 */
import * as net from "node:net";

const [contestant, program] = process.argv.slice(2);
const tell = ({ port }) => process.send({ port });
const inRun = async (fn, ...args) => await (await import("holdfast")).run(fn, { args });
process.on("message", () => process.send(process.cpuUsage()));
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
		const { serveEcho } = await import(program);
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
await servers[contestant]();
