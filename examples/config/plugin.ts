/** An ESLint plugin. Rules are called synchronously, and can wait for nothing: here they need not. */
import { sync } from "holdfast";
import { configFor } from "./load-config.ts";

interface Context {
	readonly filename: string;
	report(problem: { node: unknown; message: string }): void;
}

interface ImportDeclaration {
	readonly source: { readonly value: string };
}

const configOf = sync(configFor);

export const rules = {
	"no-forbidden-import": {
		create(context: Context): { ImportDeclaration(node: ImportDeclaration): void } {
			const { forbidden } = configOf(context.filename);
			return {
				ImportDeclaration(node) {
					const { value } = node.source;
					const why = forbidden[value];
					if (why !== undefined) context.report({ node, message: `${value} is forbidden here: ${why}` });
				},
			};
		},
	},
};

export default { meta: { name: "house" }, rules };
