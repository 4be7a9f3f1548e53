package ai.terraphim.supervisor.api;

/** When a child that has ended by itself is restarted. The words and their meaning are OTP's. */
public enum RestartType {
    /** Always, even after an orderly end. */
    PERMANENT,
    /** Unless it ended in an orderly way. */
    TRANSIENT,
    /** Never; and it is forgotten when it ends. */
    TEMPORARY
}
