package ai.terraphim.supervisor.api;

/** Keeps this exported package from being empty until its first type arrives; then delete it. */
public interface Placeholder {}
