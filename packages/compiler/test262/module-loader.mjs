// Links the modules of one realm; dependencies are compiled like the test.
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { SyntheticModule } from "node:vm";

export class ModuleLoader {
	#realm;
	#modules = new Map();

	constructor(realm) {
		this.#realm = realm;
	}

	/** What `import()` in the file at `path` does. */
	importFrom(path) {
		return async (specifier, _referrer, attributes) => {
			const module = this.link(this.#resolve(specifier, path, attributes));
			if (module.status !== "evaluating") await module.evaluate();
			return module;
		};
	}

	/** The module at `path` with all it imports, ready to be evaluated. */
	link(module) {
		this.#request(module, new Set());
		if (module.status === "unlinked") module.instantiate();
		return module;
	}

	parse(code, path) {
		const module = this.#realm.parseModule(code, path);
		this.#modules.set(`${path} `, module);
		return module;
	}

	#request(module, seen) {
		if (module.status !== "unlinked" || module.moduleRequests === undefined || seen.has(module)) return;
		seen.add(module);
		const dependencies = module.moduleRequests.map(({ specifier, attributes, phase }) => {
			if (phase !== undefined && phase !== "evaluation") throw new Error(`this host cannot import in phase ${phase}`);
			return this.#resolve(specifier, module.identifier, attributes);
		});
		module.linkRequests(dependencies);
		for (const dependency of dependencies) this.#request(dependency, seen);
	}

	#resolve(specifier, from, attributes) {
		if (specifier === "holdfast/compiled") return this.#kernel();
		const path = resolve(dirname(from), specifier);
		const type = attributes?.type;
		const key = `${path} ${type ?? ""}`;
		const known = this.#modules.get(key);
		if (known !== undefined) return known;
		const text = readFileSync(path, "utf8");
		const module = type === "json" ? this.#json(text, path) : this.#realm.parseModule(text, path);
		this.#modules.set(key, module);
		return module;
	}

	#json(text, path) {
		const value = this.#realm.context.JSON.parse(text);
		return this.#constant(path, { default: value });
	}

	#kernel() {
		const key = "holdfast/compiled";
		if (!this.#modules.has(key)) this.#modules.set(key, this.#constant(key, { kernel: this.#realm.kernel }));
		return this.#modules.get(key);
	}

	#constant(identifier, values) {
		const { context } = this.#realm;
		return new SyntheticModule(
			Object.keys(values),
			function () {
				for (const [name, value] of Object.entries(values)) this.setExport(name, value);
			},
			{ identifier, context },
		);
	}
}
