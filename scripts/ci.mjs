// The stages of .ci/run. `npm test` comes first, as in a fresh clone, and installs what the others need.
import { installPackage } from "./debian.mjs";
import { runStages } from "./stages.mjs";

// Tests that need a program which is not there fail then, and are skipped nowhere but on machines of people.
process.env.HOLDFAST_CI = "1";
for (const name of ["redis-server", "python3"])
	try {
		installPackage(name, [name]);
	} catch (error) {
		console.log(`${name} could not be installed: ${error.message}`);
	}

const check = (title, script) => ({ title, counts: "exit", command: ["npm", "run", "--silent", script] });

const stages = [
	{ title: "npm test", counts: "tally", command: ["npm", "test", "--silent"], minutes: 40 },
	check("type check", "typecheck"),
	check("lint and format", "lint"),
	check("arrows", "arrows"),
	check("API report", "api:check"),
	check("size budget", "size"),
	check("packages", "check:package"),
	{ title: "runtimes", counts: "tally", command: ["npm", "run", "--silent", "test:runtimes"], minutes: 20 },
	// After the runtimes, whose Nodes and Bun it uses.
	{ title: "build tools", counts: "vitest", command: ["npm", "run", "--silent", "test:tools", "--"] },
];
await runStages(stages, 3000);
