/** Bundled beside the script; nothing is imported from it. */
declare module '*.css';
