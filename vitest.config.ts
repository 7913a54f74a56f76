import { defineConfig } from "vitest/config";

const conditions = ["@holdfast/source"];

export default defineConfig({
	resolve: { conditions },
	ssr: { resolve: { conditions } },
	test: {
		include: ["packages/*/{src,test}/**/*.test.ts", "examples/**/*.test.ts", "scripts/**/*.test.mjs"],
		execArgv: ["--expose-gc"],
	},
});
