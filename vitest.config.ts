import holdfast from "@holdfast/compiler/vite";
import { defineConfig } from "vitest/config";

const conditions = ["@holdfast/source"];

export default defineConfig({
	// The examples are written for the compiler; the packages' own tests say themselves what they compile.
	// Test files stay as they are: vitest reads the parameters of their functions from the source text.
	plugins: [holdfast({ include: "examples/**", exclude: "**/*.test.ts", structure: "function" })],
	resolve: { conditions },
	ssr: { resolve: { conditions } },
	test: {
		include: ["packages/*/{src,test}/**/*.test.ts", "examples/**/*.test.ts", "scripts/**/*.test.mjs"],
		execArgv: ["--expose-gc"],
		setupFiles: ["packages/node/test/nothing-left.ts"],
		// Many tests start processes, and the machines of CI are small.
		testTimeout: 30_000,
		// The compiler that the examples go through is that of the sources: what an older one made must not be taken.
		fsModuleCache: false,
		expect: { poll: { timeout: 20_000 } },
	},
});
