package mcproxy.lab;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Optional;

/** Tests that need network namespaces; without a sandbox they are skipped, and say so. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(InSandbox.Condition.class)
@interface InSandbox {
    /** Looks for the sandbox. */
    final class Condition implements ExecutionCondition {
        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            Optional<String> refusal = Sandbox.refusal();
            if (refusal.isEmpty()) {
                return ConditionEvaluationResult.enabled("in the sandbox");
            }
            System.err.println("SKIPPED " + context.getDisplayName() + ": " + refusal.get());
            return ConditionEvaluationResult.disabled(refusal.get());
        }
    }
}
