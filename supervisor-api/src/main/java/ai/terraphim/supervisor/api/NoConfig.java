package ai.terraphim.supervisor.api;

/** The configuration of an agent that has none: any key in its {@code config} is an error. */
public record NoConfig() {}
