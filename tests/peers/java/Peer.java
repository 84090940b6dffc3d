import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.profiles.ProfileFileSupplier;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;
import software.amazon.awssdk.services.sts.StsClient;

/**
 * The AWS SDK for Java v2 as a program uses it.
 *
 * <pre>
 *   who PROFILE...    the caller identity of each profile; "-" is the default credential chain
 *   keys DIRECTORY... the access key id that DIRECTORY/config and DIRECTORY/credentials have for the
 *                     profile named in DIRECTORY/name
 * </pre>
 *
 * One line per argument: the answer, or "error: " and the reason.
 */
public final class Peer {
    public static void main(String[] arguments) {
        Function<String, String> answer = arguments[0].equals("who") ? Peer::who : Peer::keys;
        for (int i = 1; i < arguments.length; i++) {
            System.out.println(line(answer, arguments[i]));
        }
    }

    private static String line(Function<String, String> answer, String argument) {
        try {
            return answer.apply(argument);
        } catch (RuntimeException error) {
            return "error: " + String.valueOf(error.getMessage()).replaceAll("\\s+", " ");
        }
    }

    private static String who(String profile) {
        boolean ambient = profile.equals("-");
        Region region = ambient
            ? Region.EU_WEST_1
            : DefaultAwsRegionProviderChain.builder().profileName(profile).build().getRegion();
        try (StsClient client = StsClient.builder()
                .region(region)
                .credentialsProvider(ambient
                    ? DefaultCredentialsProvider.builder().build()
                    : ProfileCredentialsProvider.create(profile))
                .build()) {
            return client.getCallerIdentity().arn();
        }
    }

    private static String keys(String directory) {
        try {
            ProfileFile files = ProfileFile.aggregator()
                .addFile(file(directory, "credentials", ProfileFile.Type.CREDENTIALS))
                .addFile(file(directory, "config", ProfileFile.Type.CONFIGURATION))
                .build();
            return ProfileCredentialsProvider.builder()
                .profileFile(ProfileFileSupplier.fixedProfileFile(files))
                .profileName(Files.readString(Path.of(directory, "name")))
                .build()
                .resolveCredentials()
                .accessKeyId();
        } catch (java.io.IOException error) {
            throw new java.io.UncheckedIOException(error);
        }
    }

    private static ProfileFile file(String directory, String name, ProfileFile.Type type) {
        return ProfileFile.builder().content(Path.of(directory, name)).type(type).build();
    }
}
