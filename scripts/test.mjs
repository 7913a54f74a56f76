// npm test: every kind of test, from a fresh clone.
import { spawnSync } from "node:child_process";
import { bootstrap } from "./bootstrap.mjs";
import { hostNode, toolNode } from "./nodes.mjs";
import { runStages } from "./stages.mjs";

bootstrap();
const tool = toolNode();
const vitest = [tool, "node_modules/vitest/vitest.mjs", "run"];
const version = (node) => spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim();
console.log(`unit and type tests on Node ${version(tool)}, everything else on Node ${version(hostNode)}`);

await runStages([
	{ title: "unit tests", counts: "vitest", command: vitest },
	{ title: "type tests", counts: "vitest", command: [...vitest, "--config", "vitest.types.config.ts"] },
	{ title: "conformance", counts: "tally", needs: "conformance/run.mjs", command: [hostNode, "conformance/run.mjs"] },
	{ title: "conformance, production", counts: "tally", command: [hostNode, "conformance/run.mjs", "--production"] },
	{ title: "peers", counts: "tally", needs: "conformance/peers.mjs", command: [hostNode, "conformance/peers.mjs"] },
	{ title: "documentation's snippets", counts: "tally", command: [hostNode, "scripts/doc-snippets.mjs"] },
	{ title: "documentation of exports", counts: "tally", command: [hostNode, "scripts/check-api-docs.mjs"] },
	{ title: "documentation's links", counts: "exit", command: [hostNode, "scripts/doc-links.mjs"] },
	{
		title: "fuzz",
		counts: "exit",
		needs: "conformance/fuzz.mjs",
		command: [hostNode, "conformance/fuzz.mjs", "--ci"],
	},
	{
		title: "unwinding matrix",
		counts: "tally",
		needs: "conformance/matrix.mjs",
		command: [hostNode, "conformance/matrix.mjs", "--ci"],
	},
	{
		title: "soak: link checker",
		counts: "exit",
		needs: "conformance/long/soak-linkcheck.mjs",
		command: [hostNode, "conformance/long/soak-linkcheck.mjs", "--ci"],
	},
	{
		title: "soak: HTTP",
		counts: "exit",
		needs: "conformance/long/soak-http.mjs",
		command: [hostNode, "conformance/long/soak-http.mjs", "--ci"],
	},
	{
		title: "growth: HTTP",
		counts: "exit",
		needs: "conformance/long/http-growth.mjs",
		command: [hostNode, "conformance/long/http-growth.mjs", "--ci"],
	},
	{
		title: "soak: scopes",
		counts: "exit",
		needs: "conformance/long/soak-scopes.mjs",
		command: [hostNode, "--expose-gc", "conformance/long/soak-scopes.mjs", "--ci"],
	},
]);
