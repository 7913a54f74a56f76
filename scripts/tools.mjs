// Builds the projects of packages/compiler/fixtures with every tool that has a face of the compiler, and runs what comes
// out: npm run test:tools [-- builds] takes what Vitest's command line takes.
import { spawnSync } from "node:child_process";
import { bootstrap } from "./bootstrap.mjs";
import { installIn } from "./install.mjs";
import { root, toolNode } from "./nodes.mjs";
import { installChromium } from "./runtimes/browser.mjs";

bootstrap();
installIn("scripts/runtimes", "the runtimes");
installIn("packages/compiler/fixtures", "the build tools");
installChromium();

const config = ["--config", "packages/compiler/fixtures/vitest.config.ts"];
const vitest = ["node_modules/vitest/vitest.mjs", "run", ...config, ...process.argv.slice(2)];
const { status } = spawnSync(toolNode(), vitest, { cwd: root, stdio: "inherit" });
process.exitCode = status ?? 1;
