// @holdfast/eslint-plugin
//   HoldfastPlugin
//   default

// dist/index.d.ts
export interface HoldfastPlugin extends ESLint.Plugin {
    readonly configs: {
        readonly recommended: Linter.Config;
    };
}
declare const plugin: HoldfastPlugin;
export default plugin;
