// SPDX-License-Identifier: MIT
// Copyright (c) the smtpauth authors

import jakarta.mail.Address;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.io.FileInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Properties;
import java.util.Set;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** JakartaMail HOST PORT clear|starttls|tls MECHANISM USER PASSWORD CERT MESSAGE_FILE */
public final class JakartaMail {
    /** What Java's own SASL does; Jakarta Mail does the others itself. */
    private static final Set<String> SASL = Set.of("CRAM-MD5", "EXTERNAL");

    private static Certificate certificate(String file) throws Exception {
        try (InputStream in = new FileInputStream(file)) {
            return CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }

    private static PrivateKey key(String file) throws Exception {
        String text = Files.readString(Path.of(file)).replaceAll("-----[^-]*-----", "");
        byte[] encoded = Base64.getMimeDecoder().decode(text);
        return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(encoded));
    }

    /** Trusts the server; shows the client's own certificate if there is one. */
    private static SSLContext context(String cert) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        store.setCertificateEntry("server", certificate(cert));
        String own = System.getenv("CLIENT_CERT");
        if (own != null) {
            Certificate[] chain = {certificate(own)};
            store.setKeyEntry("own", key(System.getenv("CLIENT_KEY")), new char[0], chain);
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, new char[0]);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    public static void main(String[] args) throws Exception {
        String tls = args[2];
        String mechanism = args[3];
        boolean login = !mechanism.equals("NONE");

        Properties options = new Properties();
        options.put("mail.smtp.host", args[0]);
        options.put("mail.smtp.port", args[1]);
        options.put("mail.smtp.localhost", "client.example");
        options.put("mail.smtp.from", "alice@client.example");
        options.put("mail.smtp.connectiontimeout", "50000");
        options.put("mail.smtp.timeout", "50000");
        options.put("mail.smtp.auth", Boolean.toString(login));
        options.put("mail.smtp.auth.mechanisms", mechanism);
        options.put("mail.smtp.starttls.enable", Boolean.toString(tls.equals("starttls")));
        options.put("mail.smtp.starttls.required", Boolean.toString(tls.equals("starttls")));
        options.put("mail.smtp.ssl.enable", Boolean.toString(tls.equals("tls")));
        options.put("mail.smtp.ssl.checkserveridentity", "true");
        options.put("mail.smtp.ssl.socketFactory", context(args[6]).getSocketFactory());
        if (SASL.contains(mechanism)) {
            options.put("mail.smtp.sasl.enable", "true");
            options.put("mail.smtp.sasl.mechanisms", mechanism);
        }
        switch (System.getenv().getOrDefault("EXTENSION", "")) {
            case "CHUNKING" -> options.put("mail.smtp.chunksize", "500");
            case "SMTPUTF8" -> options.put("mail.mime.allowutf8", "true");
            case "DSN" -> {
                options.put("mail.smtp.dsn.notify", "SUCCESS,FAILURE");
                options.put("mail.smtp.dsn.ret", "HDRS");
            }
            default -> { }
        }
        options.put("mail.debug.auth", "true");
        Session session = Session.getInstance(options);
        session.setDebug(true); // its exceptions lack the reply codes of SASL's mechanisms

        String recipient = System.getenv().getOrDefault("RECIPIENT", "bob@server.example");
        MimeMessage message;
        try (InputStream in = new FileInputStream(args[7])) {
            message = new MimeMessage(session, in);
        }
        try (Transport transport = session.getTransport("smtp")) {
            if (login) {
                transport.connect(args[4], args[5]);
            } else {
                transport.connect();
            }
            transport.sendMessage(message, new Address[] {new InternetAddress(recipient)});
        }
    }
}
