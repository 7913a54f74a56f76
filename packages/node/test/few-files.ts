// Run with a low limit of open files: more clients than that come, in a process that has no room for them.
import { spawn } from "node:child_process";
import { run, until, withTaskGroup } from "holdfast";
import { connect, type ListenAddress, type SocketStream, serve } from "../src/index.ts";

const program = `
const net = require("node:net");
const port = Number(process.argv[1]);
let refused = 0, ended = 0;
const sockets = [];
for (let number = 0; number < 100; number++) {
	const socket = net.connect(port, "127.0.0.1");
	socket.on("error", () => {});
	socket.on("close", () => refused++);
	sockets.push(socket);
}
const look = setInterval(() => {
	if (refused === 0) return;
	clearInterval(look);
	for (const socket of sockets) socket.destroy();
}, 10);
`;

await run(function* () {
	yield* withTaskGroup(function* (group) {
		const { port } = yield* group.start((started: (address: ListenAddress) => void) =>
			serve((stream: SocketStream) => stream.readAll(), { port: 0, onListening: started, onError: () => {} }),
		);
		const child = spawn(
			"sh",
			["-c", 'ulimit -n 1024; exec "$0" -e "$1" "$2"', process.execPath, program, String(port)],
			{
				stdio: "ignore",
			},
		);
		yield* until(new Promise((resolve) => child.on("close", resolve)));
		console.log("some were refused");
		const stream = yield* connect({ port });
		yield* stream.end();
		yield* stream.readAll();
		console.log("serves again");
		group.cancel();
	});
});
