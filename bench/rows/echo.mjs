import { fork } from "node:child_process";
import * as net from "node:net";
import { fileURLToPath } from "node:url";
import { compile } from "../holdfast.mjs";

const program = fileURLToPath(new URL("../echo-server.mjs", import.meta.url));

/** Starts a contestant's server and gives its port. The process holds no compiler, which would be more heap to look through. */
async function start(contestant) {
	const args = contestant === "holdfast-compiled" ? [contestant, compile("echo")] : [contestant];
	return await new Promise((resolve, reject) => {
		const child = fork(program, args, { execArgv: process.execArgv });
		child.once("message", ({ port }) => resolve(port));
		child.once("exit", (code) => reject(new Error(`the server of ${contestant} has ended with ${code}`)));
	});
}

function connect(port) {
	return new Promise((resolve, reject) => {
		const socket = net.connect({ host: "127.0.0.1", port, noDelay: true }, () => resolve(socket));
		socket.once("error", reject);
	});
}

/** So many round trips over all connections together; each sends its next block when the last has come back whole. */
function roundTrips(sockets, block, n) {
	return new Promise((resolve, reject) => {
		let begun = 0;
		let done = 0;
		for (const socket of sockets) {
			let left = 0;
			const next = () => {
				if (begun === n) {
					socket.removeAllListeners("data");
					return;
				}
				begun++;
				left = block.length;
				socket.write(block);
			};
			socket.on("data", (chunk) => {
				left -= chunk.length;
				if (left > 0) {
					return;
				}
				if (left < 0) {
					reject(new Error("more has come back than was sent"));
				}
				done++;
				next();
				if (done === n) {
					resolve(done);
				}
			});
			next();
		}
	});
}

function echoRow(connections, bytes) {
	const contestant = (name) => async () => {
		const port = await start(name);
		const sockets = await Promise.all(Array.from({ length: connections }, () => connect(port)));
		const block = Buffer.alloc(bytes, "x");
		return { run: (n) => roundTrips(sockets, block, n) };
	};
	return {
		work: `echo of ${bytes.toLocaleString("en")} bytes over TCP, ${connections === 1 ? "one connection" : `${connections} connections`}`,
		unit: "round trip; the client is the same for all, bare node:net in another process",
		native: "node:net, data handed to write, paused until it is drained",
		step: connections,
		target: { native: 0.9 },
		contestants: {
			native: contestant("native"),
			"holdfast-compiled": contestant("holdfast-compiled"),
			"holdfast-generators": contestant("holdfast-generators"),
		},
	};
}

export default [echoRow(1, 64), echoRow(50, 64), echoRow(1, 65_536), echoRow(50, 65_536)];
