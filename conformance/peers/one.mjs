// node one.mjs SYSTEM CASE…: runs the programs of one system, one after the other, and prints what was seen as a line of JSON each.
import { forgetWhatWasSaid, listen } from "./harness.mjs";

const [system, ...names] = process.argv.slice(2);
const write = process.stdout.write.bind(process.stdout);
/** For a program that goes on for ever; one that waits for ever ends the process earlier. */
const LIMIT = 20_000;

let next = 0;
let limit;
/** Whether nothing was left to do already, and whoever wants to say something at that has had a turn. */
let idle = false;

function begin() {
	clearTimeout(limit);
	if (next === names.length) process.exit();
	const index = next;
	const tell = (seen) => {
		if (next > index) return;
		next++;
		write(`${JSON.stringify({ name: names[index], seen })}\n`, begin);
	};
	idle = false;
	forgetWhatWasSaid();
	stuck = () => tell("the process ended, the program had not");
	import(`./${names[index]}.mjs`)
		.then((programs) => {
			limit = setTimeout(() => tell("the program had not ended after 20 s"), LIMIT);
			limit.unref();
			return programs[system]();
		})
		.then(tell, (error) => tell(`${error.name}: ${error.message.split("\n")[0]}`));
}

let stuck = () => {};
process.on("beforeExit", () => {
	if (idle) stuck();
	idle = true;
	setImmediate(() => {});
});
listen();
begin();
