package ai.terraphim.supervisor.api;

/**
 * Whether a supervisor ends itself once its {@linkplain ChildSpec#significant() significant}
 * children are done. It then stops its other children and ends with {@link ExitReason.Shutdown},
 * which is no failure. Only a significant child that ends by itself and is not to be restarted can
 * bring that about. The words and their meaning are OTP's.
 */
public enum AutoShutdown {
    /** No. */
    NEVER,
    /** As soon as one of them is done. */
    ANY_SIGNIFICANT,
    /** When one of them is done and no other is up or restarting. */
    ALL_SIGNIFICANT
}
